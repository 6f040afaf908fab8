#include "control/store/pending.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>

#include "common/text.h"
#include "control/store/configuration.h"

namespace runner::store {
namespace {

void run(SQLite::Statement& statement) {
  statement.exec();
  statement.reset();
}

void bind_fact(SQLite::Statement& statement, int index, const Fact& fact) {
  if (const auto* integer = std::get_if<int64_t>(&fact)) {
    statement.bind(index, *integer);
  } else if (const auto* number = std::get_if<double>(&fact)) {
    bind_number(statement, index, *number);
  } else {
    statement.bind(index, replace_invalid_utf8(std::get<std::string>(fact)));
  }
}

}  // namespace

void PendingRows::add_fact(int64_t trial_id, const std::string& name, const Fact& value) {
  facts_.push_back({trial_id, name, value});
}

void PendingRows::add_metric(int64_t trial_id, int64_t epoch, const std::string& name, double value) {
  metrics_.push_back({trial_id, epoch, name, value});
  int64_t& last = epochs_[trial_id];
  last = std::max(last, epoch);
}

void PendingRows::add_sample(int64_t trial_id, int64_t epoch, const std::string& prefix, const std::string& text) {
  samples_.push_back({trial_id, epoch, prefix, text});
}

void PendingRows::write(SQLite::Database& database) const {
  write_facts(database);
  write_metrics(database);
  write_samples(database);
  write_epochs(database);
}

void PendingRows::clear() {
  facts_.clear();
  metrics_.clear();
  samples_.clear();
  epochs_.clear();
}

void PendingRows::write_facts(SQLite::Database& database) const {
  if (facts_.empty()) return;
  SQLite::Statement insert(database, "INSERT OR REPLACE INTO trial_facts (trial_id, name, value) VALUES (?, ?, ?)");
  for (const FactRow& row : facts_) {
    insert.bind(1, row.trial_id);
    insert.bind(2, row.name);
    bind_fact(insert, 3, row.value);
    run(insert);
  }
}

void PendingRows::write_metrics(SQLite::Database& database) const {
  if (metrics_.empty()) return;
  SQLite::Statement insert(database,
                           "INSERT OR REPLACE INTO metrics (trial_id, epoch, name, value) VALUES (?, ?, ?, ?)");
  for (const MetricRow& row : metrics_) {
    insert.bind(1, row.trial_id);
    insert.bind(2, row.epoch);
    insert.bind(3, row.name);
    bind_number(insert, 4, row.value);
    run(insert);
  }
}

void PendingRows::write_samples(SQLite::Database& database) const {
  if (samples_.empty()) return;
  SQLite::Statement insert(database,
                           "INSERT OR REPLACE INTO samples (trial_id, epoch, prefix, text) VALUES (?, ?, ?, ?)");
  for (const SampleRow& row : samples_) {
    insert.bind(1, row.trial_id);
    insert.bind(2, row.epoch);
    insert.bind(3, replace_invalid_utf8(row.prefix));
    insert.bind(4, replace_invalid_utf8(row.text));
    run(insert);
  }
}

void PendingRows::write_epochs(SQLite::Database& database) const {
  if (epochs_.empty()) return;
  SQLite::Statement update(database, "UPDATE trials SET epochs_done = max(epochs_done, ?) WHERE trial_id = ?");
  for (const auto& [trial_id, epoch] : epochs_) {
    update.bind(1, epoch);
    update.bind(2, trial_id);
    run(update);
  }
}

}  // namespace runner::store
