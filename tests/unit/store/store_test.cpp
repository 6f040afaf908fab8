#include "control/store/store.h"

#include <gmock/gmock.h>

#include <limits>

#include "results.h"
#include "unit/recorded_syncs.h"

namespace runner::testing {
namespace {

using store::Cell;
using store::TrialStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class StoreTest : public ::testing::Test {
 protected:
  store::Table query(const std::string& sql) { return store::Reader(file).query(sql); }
  Cell value(const std::string& sql) { return query(sql).rows.at(0).at(0); }

  TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "new" / "results.db";
  store::Store store{file};
};

TEST_F(StoreTest, HasTheDocumentedTablesAndColumns) {
  const auto columns = [&](const std::string& table) {
    return text(value("SELECT group_concat(name) FROM pragma_table_info('" + table + "')"));
  };
  EXPECT_EQ(columns("attempts"),
            "trial_id,attempt,started_at,ended_at,host,pid,outcome,signal,stderr_tail,from_epoch,from_batch");
  EXPECT_EQ(columns("trial_params"), "trial_id,name,value");
  EXPECT_EQ(columns("metrics"), "trial_id,epoch,name,value");
  EXPECT_EQ(columns("samples"), "trial_id,epoch,prefix,text");
  EXPECT_EQ(columns("trial_facts"), "trial_id,name,value");
  EXPECT_EQ(columns("trial_summary"),
            "trial_id,sweep_id,sweep,label,model,data,seed,status,flags,epochs_done,final_perplexity,best_perplexity,"
            "best_epoch,seconds,tokens_per_second,error");
  query("SELECT sweep_id, name, experiment, config_hash, status, started_at, ended_at, environment FROM sweeps");
  query(
      "SELECT trial_id, sweep_id, number, label, config, config_hash, seed, status, epochs_done, flags, final_metric, "
      "best_metric, best_epoch, started_at, ended_at, error FROM trials");
  EXPECT_TRUE(std::filesystem::exists(file.string() + "-wal"));
}

TEST_F(StoreTest, CreatesASweepWithWaitingTrialsAndFindsItAgain) {
  const store::SweepState created = store.create_sweep(depth_sweep());
  ASSERT_EQ(created.trials.size(), 3u);
  EXPECT_EQ(created.trials[2].label, "num_layers=6");
  EXPECT_EQ(created.trials[2].number, 3);
  EXPECT_EQ(created.trials[2].config, lstm_config(6));
  EXPECT_EQ(created.trials[2].status, TrialStatus::waiting);
  EXPECT_FALSE(created.finished);
  const auto found = store.find_sweep("depth", "hash-of-depth");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->sweep_id, created.sweep_id);
  EXPECT_EQ(found->experiment, "name: depth\n");
  EXPECT_EQ(found->environment.at("host"), "atlas");
  EXPECT_FALSE(store.find_sweep("depth", "another"));
  EXPECT_FALSE(store.find_sweep("width", "hash-of-depth"));
  EXPECT_FALSE(store.sweep(99));
}

TEST_F(StoreTest, FindsTheLatestOfSeveralSweeps) {
  store.create_sweep(depth_sweep());
  const int64_t second = store.create_sweep(depth_sweep()).sweep_id;
  EXPECT_EQ(store.find_sweep("depth", "hash-of-depth")->sweep_id, second);
}

TEST_F(StoreTest, FindsAnUnfinishedSweepWhateverItsHash) {
  const store::SweepState first = store.create_sweep(depth_sweep());
  EXPECT_EQ(store.find_unfinished_sweep("depth")->sweep_id, first.sweep_id);
  for (const auto& trial : first.trials) store.end_trial(trial.trial_id, TrialStatus::pruned, "", {});
  EXPECT_FALSE(store.find_unfinished_sweep("depth"));
  EXPECT_TRUE(store.sweep(first.sweep_id)->finished);
}

TEST_F(StoreTest, KeepsEveryResolvedParameter) {
  const int64_t trial = store.create_sweep(depth_sweep({7})).trials[1].trial_id;
  const auto parameter = [&](const std::string& name) {
    return value("SELECT value FROM trial_params WHERE trial_id = " + std::to_string(trial) + " AND name = '" + name +
                 "'");
  };
  EXPECT_EQ(text(parameter("model.plugin")), "lstm");
  EXPECT_EQ(integer(parameter("model.num_layers")), 2);
  EXPECT_EQ(real(parameter("train.optimizer.lr")), 0.01);
  EXPECT_EQ(integer(parameter("model.bidirectional")), 0);
  EXPECT_EQ(text(parameter("samples.prefixes")), R"(["分开","不分开"])");
  EXPECT_EQ(integer(parameter("seed")), 7);
  EXPECT_EQ(text(value("SELECT varied FROM sweeps")), R"(["model.num_layers"])");
}

TEST_F(StoreTest, WholeRealsStayReals) {
  store::NewSweep sweep = depth_sweep();
  sweep.trials[0].config["train"]["optimizer"]["lr"] = 100.0;
  store.create_sweep(sweep);
  EXPECT_EQ(text(value("SELECT typeof(value) FROM trial_params WHERE name = 'train.optimizer.lr' LIMIT 1")), "real");
}

TEST_F(StoreTest, ParametersThatSomeTrialsLackVary) {
  store::NewSweep sweep = depth_sweep({1, 2});
  for (auto& trial : sweep.trials) trial.config["model"].erase("num_layers");
  sweep.trials[0].config["model"]["residual"] = true;
  store.create_sweep(sweep);
  EXPECT_EQ(text(value("SELECT varied FROM sweeps")), R"(["model.residual","seed"])");
}

TEST_F(StoreTest, ACompletedTrialHasItsSummary) {
  fill_depth(store);
  const auto row = query("SELECT * FROM trial_summary WHERE trial_id = 1").rows.at(0);
  EXPECT_EQ(text(row[2]), "depth");
  EXPECT_EQ(text(row[3]), "num_layers=1");
  EXPECT_EQ(text(row[4]), "lstm");
  EXPECT_EQ(text(row[5]), "fortunes");
  EXPECT_EQ(text(row[7]), "completed");
  EXPECT_EQ(integer(row[9]), 160);
  EXPECT_DOUBLE_EQ(real(row[10]), 1.0 + 500.0 / 160);
  EXPECT_DOUBLE_EQ(real(row[11]), 1.0 + 500.0 / 160);
  EXPECT_EQ(integer(row[12]), 160);
  EXPECT_DOUBLE_EQ(real(row[13]), 80);
  EXPECT_DOUBLE_EQ(real(row[14]), 10000);
  EXPECT_TRUE(is_null(row[15]));
}

TEST_F(StoreTest, ARunningTrialIsSummarizedFromItsRows) {
  const int64_t trial = store.create_sweep(depth_sweep()).trials[0].trial_id;
  store.start_attempt(trial, "atlas", 1);
  store.add_metrics(trial, 1, {{"perplexity", 3.0}, {"seconds", 1.0}, {"tokens_per_second", 100.0}});
  store.add_metrics(trial, 2, {{"perplexity", 2.0}, {"seconds", 3.0}, {"tokens_per_second", 200.0}});
  store.add_metrics(trial, 3, {{"perplexity", 4.0}});
  store.flush();
  const auto row = query(
                       "SELECT status, epochs_done, final_perplexity, best_perplexity, best_epoch, seconds, "
                       "tokens_per_second FROM trial_summary WHERE trial_id = 1")
                       .rows.at(0);
  EXPECT_THAT(row, ElementsAre(Cell("running"), Cell(int64_t{3}), Cell(4.0), Cell(2.0), Cell(int64_t{2}), Cell(4.0),
                               Cell(175.0)));
}

TEST_F(StoreTest, TheBestMetricFollowsTheGoalAndSkipsWhatIsUndefined) {
  store::NewSweep sweep = depth_sweep();
  sweep.metric = "accuracy";
  sweep.minimize = false;
  const int64_t trial = store.create_sweep(sweep).trials[0].trial_id;
  store.start_attempt(trial, "atlas", 1);
  store.add_metrics(trial, 1, {{"accuracy", 0.5}});
  store.add_metrics(trial, 2, {{"accuracy", 0.9}});
  store.add_metrics(trial, 3, {{"accuracy", 0.9}});
  store.add_metrics(trial, 4, {{"accuracy", 0.7}});
  store.add_undefined_metric(trial, 5, "accuracy");
  store.add_metrics(trial, 6, {{"accuracy", std::numeric_limits<double>::infinity()}});
  store.end_trial(trial, TrialStatus::completed, "", {"completed", 0, ""});
  const auto row = query("SELECT final_metric, best_metric, best_epoch, epochs_done FROM trials WHERE trial_id = 1");
  EXPECT_THAT(row.rows.at(0), ElementsAre(Cell(0.7), Cell(0.9), Cell(int64_t{2}), Cell(int64_t{6})));
  EXPECT_EQ(integer(value("SELECT count(*) FROM metrics WHERE value IS NULL")), 2);
}

TEST_F(StoreTest, FlagsAreASortedListOfDistinctWords) {
  store.create_sweep(depth_sweep());
  const auto flags = [&] { return text(value("SELECT flags FROM trials WHERE trial_id = 1")); };
  store.set_flag(1, "stuck_at_unigram", false);
  EXPECT_EQ(flags(), "");
  store.set_flag(1, "stuck_at_unigram", true);
  store.set_flag(1, "sees_future", true);
  store.set_flag(1, "stuck_at_unigram", true);
  EXPECT_EQ(flags(), "sees_future,stuck_at_unigram");
  store.set_flag(1, "sees", false);
  EXPECT_EQ(flags(), "sees_future,stuck_at_unigram");
  store.set_flag(1, "sees_future", false);
  EXPECT_EQ(flags(), "stuck_at_unigram");
  EXPECT_EQ(text(value("SELECT flags FROM trials WHERE trial_id = 2")), "");
  EXPECT_THAT(message_of<EnvironmentError>([&] { store.set_flag(99, "sees_future", true); }), HasSubstr("no trial 99"));
}

TEST_F(StoreTest, AnAttemptStartsWithWhatTheLastOneLeft) {
  const int64_t trial = store.create_sweep(depth_sweep()).trials[0].trial_id;
  EXPECT_EQ(store.start_attempt(trial, "atlas", 1), 1);
  add_epochs(store, trial, 5);
  store.end_attempt(trial, crash());
  EXPECT_EQ(text(value("SELECT status FROM trials WHERE trial_id = 1")), "waiting");
  EXPECT_EQ(store.start_attempt(trial, "atlas", 2), 2);
  EXPECT_EQ(integer(value("SELECT epochs_done FROM trials WHERE trial_id = 1")), 5);
  const auto attempts =
      query("SELECT outcome, signal, stderr_tail, ended_at IS NULL FROM attempts ORDER BY attempt").rows;
  EXPECT_THAT(attempts[0],
              ElementsAre(Cell("crashed"), Cell(int64_t{11}), Cell("loading\nSegmentation fault"), Cell(int64_t{0})));
  EXPECT_THAT(attempts[1], ElementsAre(Cell(), Cell(), Cell(), Cell(int64_t{1})));
  EXPECT_EQ(store.sweep(1)->trials[0].attempts, 2);
}

TEST_F(StoreTest, ResultsGoWhenThoseInTheirPlaceCome) {
  const int64_t trial = store.create_sweep(depth_sweep()).trials[0].trial_id;
  store.start_attempt(trial, "atlas", 1);
  add_facts(store, trial);
  add_epochs(store, trial, 5);
  store.add_sample(trial, 5, "分开", "分开");
  store.set_flag(trial, "sees_future", true);
  store.replace_results(trial, [&] { add_epochs(store, trial, 2); });
  EXPECT_EQ(integer(value("SELECT count(DISTINCT epoch) FROM metrics")), 5);
  store.flush();
  EXPECT_EQ(integer(value("SELECT count(DISTINCT epoch) FROM metrics")), 2);
  EXPECT_EQ(integer(value("SELECT count(*) FROM samples")), 0);
  EXPECT_EQ(integer(value("SELECT count(*) FROM trial_facts")), 0);
  const auto row = query("SELECT epochs_done, flags, best_metric, final_perplexity FROM trials").rows[0];
  EXPECT_THAT(row, ElementsAre(Cell(int64_t{2}), Cell(""), Cell(), Cell()));
}

TEST_F(StoreTest, ResultsThatWaitToBeWrittenAreReplacedToo) {
  const int64_t trial = store.create_sweep(depth_sweep()).trials[0].trial_id;
  store.start_attempt(trial, "atlas", 1);
  add_epochs(store, trial, 5);
  store.replace_results(trial, [] {});
  store.set_flag(trial, "sees_future", true);
  EXPECT_EQ(integer(value("SELECT count(*) FROM metrics")), 0);
  EXPECT_THAT(query("SELECT epochs_done, flags FROM trials WHERE trial_id = 1").rows[0],
              ElementsAre(Cell(int64_t{0}), Cell("sees_future")));
}

TEST_F(StoreTest, ManyResultsAreReplacedInOneTransaction) {
  const int64_t trial = store.create_sweep(depth_sweep()).trials[0].trial_id;
  store.start_attempt(trial, "atlas", 1);
  store.add_metrics(trial, 1, {{"loss", 1.0}});
  store.flush();
  const auto epochs = [&] { return integer(value("SELECT count(*) FROM metrics")); };
  store.replace_results(trial, [&] {
    for (int64_t epoch = 1; epoch <= 100'000; ++epoch) store.add_metrics(trial, epoch, {{"loss", 1.0}});
    EXPECT_EQ(epochs(), 1) << "the trial is seen without its results";
  });
  store.flush();
  EXPECT_EQ(epochs(), 100'000);
}

TEST_F(StoreTest, TimesAreUtcWithMilliseconds) {
  fill_depth(store);
  for (const char* sql :
       {"SELECT started_at FROM sweeps", "SELECT ended_at FROM trials", "SELECT started_at FROM attempts"}) {
    EXPECT_THAT(text(value(sql)), MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z"));
  }
}

TEST_F(StoreTest, ASweepsStatusFollowsFromItsTrials) {
  const store::SweepState sweep = store.create_sweep(depth_sweep());
  const auto status = [&] {
    store.end_sweep(sweep.sweep_id);
    return text(value("SELECT status FROM sweeps"));
  };
  EXPECT_EQ(text(value("SELECT status FROM sweeps")), "waiting");
  store.start_sweep(sweep.sweep_id, "name: edited", {{"host", "other"}});
  EXPECT_EQ(text(value("SELECT status FROM sweeps")), "running");
  EXPECT_EQ(text(value("SELECT environment FROM sweeps")), R"({"host":"other"})");
  EXPECT_EQ(text(value("SELECT experiment FROM sweeps")), "name: edited");
  complete(store, 1, 2);
  fail(store, 2);
  EXPECT_EQ(status(), "interrupted");
  store.end_trial(3, TrialStatus::pruned, "", {});
  EXPECT_EQ(status(), "failed");
  store.retry_failed(sweep.sweep_id);
  EXPECT_EQ(text(value("SELECT status FROM trials WHERE trial_id = 2")), "waiting");
  complete(store, 2, 2);
  EXPECT_EQ(status(), "completed");
  EXPECT_TRUE(is_null(value("SELECT error FROM trials WHERE trial_id = 2")));
}

TEST_F(StoreTest, ReadersSeeACollectedRowOnceItIsFlushed) {
  const int64_t trial = store.create_sweep(depth_sweep()).trials[0].trial_id;
  store.start_attempt(trial, "atlas", 1);
  store.add_metrics(trial, 1, {{"loss", 1.5}});
  EXPECT_EQ(integer(value("SELECT count(*) FROM metrics")), 0);
  store.flush();
  EXPECT_EQ(integer(value("SELECT count(*) FROM metrics")), 1);
  store.add_metrics(trial, 1, {{"loss", 1.25}});
  store.flush();
  EXPECT_EQ(real(value("SELECT value FROM metrics")), 1.25);
}

TEST_F(StoreTest, RemovingASweepRemovesAllOfItAndNothingElse) {
  const int64_t first = fill_depth(store);
  const store::SweepState second = store.create_sweep(depth_sweep());
  complete(store, second.trials[0].trial_id, 40);
  store.remove_sweep(first);
  for (const char* table : {"trials", "attempts", "trial_params", "metrics", "samples", "trial_facts"}) {
    EXPECT_EQ(integer(value(std::string("SELECT count(*) FROM ") + table + " WHERE trial_id <= 3")), 0) << table;
    EXPECT_GT(integer(value(std::string("SELECT count(*) FROM ") + table)), 0) << table;
  }
  store.remove_sweep(second.sweep_id);
  EXPECT_EQ(store.create_sweep(depth_sweep()).trials[0].trial_id, 7) << "folders are named by ids: none is used twice";
}

TEST_F(StoreTest, IdsThatDoNotExistAreErrors) {
  EXPECT_THAT(message_of<EnvironmentError>([&] { store.start_attempt(9, "atlas", 1); }), HasSubstr("no trial 9"));
  EXPECT_THAT(message_of<EnvironmentError>([&] { store.remove_sweep(9); }), HasSubstr("no sweep 9"));
}

TEST_F(StoreTest, InvalidUtf8IsReplaced) {
  const int64_t trial = store.create_sweep(depth_sweep()).trials[0].trial_id;
  store.start_attempt(trial, "atlas", 1);
  store.add_sample(trial, 1, "分开", "分开\xff");
  store.end_trial(trial, TrialStatus::failed, "bad \xfe", {"failed", 0, "tail \x80"});
  EXPECT_EQ(text(value("SELECT text FROM samples")), "分开\uFFFD");
  EXPECT_EQ(text(value("SELECT error FROM trials")), "bad \uFFFD");
  EXPECT_EQ(text(value("SELECT stderr_tail FROM attempts")), "tail \uFFFD");
}

TEST_F(StoreTest, ASecondWriterIsRefusedWithTheFirstOnesName) {
  const std::string message = message_of<EnvironmentError>([&] { store::Store second(file); });
  EXPECT_THAT(message, HasSubstr("process " + std::to_string(getpid()) + " on host "));
  EXPECT_THAT(message, HasSubstr("--db"));
}

TEST(StoreOpening, TheLockEndsWithTheStore) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "results.db";
  { store::Store first(file); }
  store::Store second(file);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "results.db-lock"));
}

// A file is only as safe as every folder above it.
TEST(StoreOpening, FoldersThatItMakesAreOnTheDisk) {
  const TemporaryFolder temporary;
  const auto top = std::filesystem::canonical(temporary.path());
  const store::Store store(top / "new" / "results.db");
  EXPECT_TRUE(std::filesystem::is_directory(top / "new" / "results.files"));
  EXPECT_EQ(recorded_syncs().count(top), 1u) << "new";
  EXPECT_EQ(recorded_syncs().count(top / "new"), 1u) << "new/results.files";
}

TEST(StoreOpening, WhatCannotBeADatabaseIsRefused) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "folder.db");
  EXPECT_THAT(message_of<EnvironmentError>([&] { store::Store store(folder.path() / "folder.db"); }),
              HasSubstr("is a folder"));
  EXPECT_THAT(message_of<EnvironmentError>([&] { store::Store store("/proc/results/results.db"); }),
              HasSubstr("cannot create the folder /proc/results"));
}

}  // namespace
}  // namespace runner::testing
