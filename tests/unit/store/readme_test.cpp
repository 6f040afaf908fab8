// Every query of results/README.md runs against a database that a sweep filled, and finds something.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "results.h"

namespace runner::testing {
namespace {

std::vector<std::string> sql_blocks(const std::string& file) {
  std::ifstream stream(file);
  std::vector<std::string> blocks;
  bool inside = false;
  for (std::string line; std::getline(stream, line);) {
    if (line == "```sql") {
      blocks.emplace_back();
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

TEST(ResultsReadme, EveryQueryAnswers) {
  const TemporaryFolder folder;
  store::Store store(folder.path() / "results.db");
  fill_depth(store);
  store::NewSweep seeds = depth_sweep({1, 2, 3});
  const store::SweepState sweep = store.create_sweep(seeds);
  store.start_sweep(sweep.sweep_id, "name: depth\n", Json{{"worker", {{"libtorch", "2.6.0"}}}});
  for (const auto& trial : sweep.trials) complete(store, trial.trial_id, 80);
  store.set_flag(sweep.trials[0].trial_id, "stuck_at_unigram", true);
  flag_future(store, sweep.trials[1].trial_id, 31.25);
  store.end_sweep(sweep.sweep_id);
  store::Reader reader(store.file());
  const std::vector<std::string> blocks = sql_blocks(RESULTS_README);
  EXPECT_GE(blocks.size(), 5u);
  for (const std::string& sql : blocks) EXPECT_GT(reader.query(sql).rows.size(), 0u) << sql;
}

// The document names every table and column, so that it cannot fall behind.
TEST(ResultsReadme, EveryColumnIsDocumented) {
  const TemporaryFolder folder;
  store::Store store(folder.path() / "results.db");
  std::ifstream stream(RESULTS_README);
  std::stringstream readme;
  readme << stream.rdbuf();
  const store::Table columns = store::Reader(store.file())
                                   .query(
                                       "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE "
                                       "m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%'");
  ASSERT_GT(columns.rows.size(), 50u);
  for (const auto& row : columns.rows) {
    EXPECT_THAT(readme.str(), ::testing::HasSubstr("`" + text(row[0]) + "`"));
    EXPECT_THAT(readme.str(), ::testing::HasSubstr("`" + text(row[1]) + "`")) << "of " << text(row[0]);
  }
}

}  // namespace
}  // namespace runner::testing
