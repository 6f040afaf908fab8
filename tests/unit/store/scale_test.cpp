// What must not cost more as the database grows is shown by how SQLite goes about it, not by a clock.
#include <gmock/gmock.h>

#include "results.h"

namespace runner::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Plans : public ::testing::Test {
 protected:
  // The steps that SQLite takes, one a line.
  std::string plan_of(const std::string& sql) {
    std::string plan;
    for (const auto& row : store::Reader(file).query("EXPLAIN QUERY PLAN " + sql).rows) plan += text(row.back()) + "\n";
    return plan;
  }

  TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "results.db";
  store::Store store{file};
};

TEST_F(Plans, ASweepIsFoundByAnIndex) {
  EXPECT_THAT(
      plan_of("SELECT sweep_id FROM sweeps WHERE name = 'depth' AND config_hash = 'x' ORDER BY sweep_id DESC LIMIT 1"),
      Not(HasSubstr("SCAN")));
}

TEST_F(Plans, TrialsOfADeadRunnerAreFoundAmongTheRunningOnes) {
  const std::string running = "SELECT trial_id FROM trials INDEXED BY trials_running WHERE status = 'running'";
  EXPECT_THAT(plan_of(running), HasSubstr("INDEX trials_running"));
  EXPECT_THAT(plan_of(running + " AND sweep_id = 1"), HasSubstr("SEARCH"));
}

TEST_F(Plans, CountsAndBestOfASweepReadAnIndexOnly) {
  EXPECT_THAT(plan_of("SELECT count(*) FROM trials WHERE sweep_id = 1 AND status = 'failed'"),
              HasSubstr("COVERING INDEX trials_by_status"));
  EXPECT_THAT(plan_of("SELECT min(best_metric) FROM trials WHERE sweep_id = 1 AND status = 'completed'"),
              HasSubstr("COVERING INDEX trials_by_status"));
}

TEST_F(Plans, TrialsOfASweepComeInOrderWithoutSorting) {
  const std::string plan = plan_of(
      "SELECT v.status, v.final_perplexity, v.seconds FROM trials t JOIN trial_summary v ON v.trial_id = t.trial_id "
      "WHERE t.sweep_id = 1 ORDER BY "
      "t.number LIMIT 100");
  EXPECT_THAT(plan, Not(HasSubstr("SCAN")));
  EXPECT_THAT(plan, Not(HasSubstr("TEMP B-TREE")));
}

TEST_F(Plans, WhatBelongsToATrialIsFoundByItsKey) {
  for (const char* table : {"metrics", "samples", "trial_facts", "trial_params", "attempts"}) {
    EXPECT_THAT(plan_of(std::string("SELECT * FROM ") + table + " WHERE trial_id = 1"), HasSubstr("SEARCH")) << table;
  }
  EXPECT_THAT(plan_of("SELECT value FROM metrics WHERE trial_id = 1 AND name = 'loss' ORDER BY epoch DESC LIMIT 1"),
              Not(HasSubstr("TEMP B-TREE")));
}

TEST_F(Plans, AThousandTrialsAreKept) {
  store::NewSweep sweep = depth_sweep();
  sweep.trials.clear();
  for (int64_t i = 1; i <= 1000; ++i) {
    sweep.trials.push_back({i, "", lstm_config(1, static_cast<double>(i)), "hash-" + std::to_string(i), 1});
  }
  store.create_sweep(sweep);
  for (int64_t i = 1; i <= 1000; i += 100) complete(store, i, 200);
  store::Reader reader(file);
  EXPECT_EQ(integer(reader.query("SELECT count(*) FROM trial_summary").rows[0][0]), 1000);
  EXPECT_EQ(integer(reader.query("SELECT count(*) FROM metrics").rows[0][0]), 10 * 200 * 4);
}

TEST_F(Plans, MemoryIsBoundedWithoutAFlush) {
  const int64_t trial = store.create_sweep(depth_sweep()).trials[0].trial_id;
  store.start_attempt(trial, "atlas", 1);
  add_epochs(store, trial, 5000);
  EXPECT_GE(integer(store::Reader(file).query("SELECT count(*) FROM metrics").rows[0][0]), 10000);
}

}  // namespace
}  // namespace runner::testing
