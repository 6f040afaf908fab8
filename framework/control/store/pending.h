// Rows of running trials that wait in memory to be written together.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "control/store/store.h"

namespace SQLite {
class Database;
}

namespace runner::store {

class PendingRows {
 public:
  // Instead of what there is of the trial, here and in the database, what is added from now on.
  void clear_results(int64_t trial_id);
  void add_fact(int64_t trial_id, const std::string& name, const Fact& value);
  void add_metric(int64_t trial_id, int64_t epoch, const std::string& name, double value);
  void add_sample(int64_t trial_id, int64_t epoch, const std::string& prefix, const std::string& text);

  bool empty() const { return size() == 0; }
  size_t size() const { return cleared_.size() + facts_.size() + metrics_.size() + samples_.size(); }

  // Writes everything inside the caller's transaction, a later row replacing an earlier one of its key. Nothing is
  // forgotten: call `clear` when the transaction has succeeded.
  void write(SQLite::Database& database) const;
  void clear();

 private:
  struct FactRow {
    int64_t trial_id;
    std::string name;
    Fact value;
  };
  struct MetricRow {
    int64_t trial_id, epoch;
    std::string name;
    double value;
  };
  struct SampleRow {
    int64_t trial_id, epoch;
    std::string prefix, text;
  };
  void write_cleared(SQLite::Database& database) const;
  void write_facts(SQLite::Database& database) const;
  void write_metrics(SQLite::Database& database) const;
  void write_samples(SQLite::Database& database) const;
  void write_epochs(SQLite::Database& database) const;

  std::set<int64_t> cleared_;  // trials
  std::vector<FactRow> facts_;
  std::vector<MetricRow> metrics_;
  std::vector<SampleRow> samples_;
  std::map<int64_t, int64_t> epochs_;  // of a trial: the last one
};

}  // namespace runner::store
