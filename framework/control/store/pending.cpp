#include "control/store/pending.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <array>

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

template <typename Row>
void remove_rows(std::vector<Row>& rows, int64_t trial_id) {
  const auto is_of_trial = [&](const Row& row) { return row.trial_id == trial_id; };
  rows.erase(std::remove_if(rows.begin(), rows.end(), is_of_trial), rows.end());
}

}  // namespace

void PendingRows::clear_results(int64_t trial_id) {
  cleared_.insert(trial_id);
  remove_rows(facts_, trial_id);
  remove_rows(metrics_, trial_id);
  remove_rows(samples_, trial_id);
  epochs_.erase(trial_id);
}

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
  write_cleared(database);
  write_facts(database);
  write_metrics(database);
  write_samples(database);
  write_epochs(database);
}

void PendingRows::clear() {
  cleared_.clear();
  facts_.clear();
  metrics_.clear();
  samples_.clear();
  epochs_.clear();
}

void PendingRows::write_cleared(SQLite::Database& database) const {
  constexpr std::array kStatements = {
      "DELETE FROM metrics WHERE trial_id = ?", "DELETE FROM samples WHERE trial_id = ?",
      "DELETE FROM trial_facts WHERE trial_id = ?",
      "UPDATE trials SET epochs_done = 0, flags = '', final_metric = NULL, best_metric = NULL, best_epoch = NULL, "
      "final_perplexity = NULL, best_perplexity = NULL, best_perplexity_epoch = NULL, seconds = NULL, "
      "tokens_per_second = NULL WHERE trial_id = ?"};
  if (cleared_.empty()) return;
  for (const char* sql : kStatements) {
    SQLite::Statement statement(database, sql);
    for (const int64_t trial_id : cleared_) {
      statement.bind(1, trial_id);
      run(statement);
    }
  }
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
