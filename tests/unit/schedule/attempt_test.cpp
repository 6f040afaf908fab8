// What becomes of what a worker says, whatever that is.
#include "control/schedule/attempt.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include "common/process_memory.h"
#include "control/schedule/limits.h"
#include "results.h"

namespace runner::schedule {
namespace {

using store::TrialStatus;
using ::testing::HasSubstr;

class QuietObserver : public Observer {
 public:
  void on_sweep_start(const SweepView&) override {}
  void on_trial_start(const TrialView&, int64_t, const std::string&) override {}
  void on_progress(const TrialView&, const Progress&) override {}
  void on_epoch(const TrialView&, const EpochReport&) override {}
  void on_sample(const TrialView&, int64_t, const std::string&) override {}
  void on_warning(const TrialView&, const std::string&) override { ++warnings; }
  void on_trial_end(const TrialView&, TrialStatus, const std::string&, const std::string&, bool) override {}
  void on_held_back(int64_t, const std::string&) override {}
  void on_stopping(int) override {}
  void on_sweep_end() override {}
  void on_tick() override {}

  int warnings = 0;
};

// An attempt at the first trial of a sweep, which has 160 epochs and the prefixes 分开 and 不分开.
class AttemptTest : public ::testing::Test {
 protected:
  AttemptTest() : store_(folder_.path() / "results.db") {
    const store::SweepState sweep = store_.create_sweep(testing::depth_sweep());
    task_.view.trial_id = sweep.trials[0].trial_id;
    task_.view.epochs = 160;
    task_.config = sweep.trials[0].config;
    attempt_.emplace(task_, "cpu", folder_.path() / "1", store_, observer_);
  }

  void hear(const std::string& type, const Json& body = Json::object()) { attempt_->on_event({type, body}); }

  Verdict verdict(const ExitStatus& status = {}, bool host_died = false) {
    attempt_->on_exit(status, host_died);
    return *attempt_->verdict();
  }

  int64_t rows(const std::string& table) {
    store_.flush();
    return std::get<int64_t>(store::Reader(store_.file()).query("SELECT count(*) FROM " + table).rows.at(0).at(0));
  }

  testing::TemporaryFolder folder_;
  store::Store store_;
  QuietObserver observer_;
  Task task_;
  std::optional<Attempt> attempt_;
};

const Json kProgress = {{"epoch", 3}, {"batch", 12}, {"batches", 40}, {"loss", 1.5}, {"tokens_per_second", 100.0}};

TEST_F(AttemptTest, EpochsThatTheTrialHasNotAreRefused) {
  hear("forked", {{"pid", 4711}});
  const Json impossible = {0, -1, 161, 1.5, 1e300, uint64_t{1} << 63, "3", nullptr, Json::array({3}), true};
  for (const Json& epoch : impossible) {
    EXPECT_THROW(hear("epoch", {{"epoch", epoch}, {"metrics", {{"loss", 1.0}}}}), std::invalid_argument) << epoch;
    EXPECT_THROW(hear("sample", {{"epoch", epoch}, {"prefix", "分开"}, {"text", "x"}}), std::invalid_argument) << epoch;
    Json progress = kProgress;
    progress["epoch"] = epoch;
    EXPECT_THROW(hear("progress", progress), std::invalid_argument) << epoch;
  }
  EXPECT_EQ(rows("metrics") + rows("samples"), 0);
  hear("epoch", {{"epoch", 160}, {"metrics", {{"loss", 1.0}}}});
  EXPECT_EQ(rows("metrics"), 1);
}

TEST_F(AttemptTest, NothingOfAnEventWithAWrongFieldIsKept) {
  hear("forked", {{"pid", 4711}});
  EXPECT_THROW(hear("epoch", {{"epoch", 1}, {"metrics", {{"loss", "low"}}}}), std::invalid_argument);
  EXPECT_THROW(hear("epoch", {{"epoch", 1}, {"metrics", {1, 2}}}), std::invalid_argument);
  EXPECT_THROW(hear("epoch", {{"epoch", 1}, {"metrics", {{"loss", 1.0}}}, {"reasons", {{"perplexity", 1}}}}),
               std::invalid_argument);
  EXPECT_THROW(hear("sample", {{"epoch", 1}, {"prefix", "not asked for"}, {"text", "x"}}), std::invalid_argument);
  EXPECT_THROW(hear("started", {{"facts", {{"parameters", 5}, {"shape", {1, 2}}}}}), std::invalid_argument);
  EXPECT_THROW(hear("flag", {{"flag", "two,words"}, {"message", ""}}), std::invalid_argument);
  EXPECT_THROW(hear("finished", {{"facts", 3}}), std::invalid_argument);
  EXPECT_EQ(rows("metrics") + rows("samples") + rows("trial_facts"), 0);
  EXPECT_EQ(rows("trials WHERE flags <> ''"), 0);
  EXPECT_EQ(verdict().status, TrialStatus::failed) << "it has not finished";
}

// What a trial says that goes on in its third epoch.
Json started(int64_t recalls) {
  return {{"facts", {{"parameters", 5}}}, {"resumed", {{"epoch", 3}, {"batch", 7}}}, {"recalls", recalls}};
}

Json recalled_epoch(int64_t epoch) {
  return {{"event", {{"type", "epoch"}, {"epoch", epoch}, {"metrics", {{"loss", 0.5}}}}}};
}

TEST_F(AttemptTest, WhatATrialRecallsReplacesWhatTheDatabaseHas) {
  hear("forked", {{"pid", 4711}});
  for (int64_t epoch = 1; epoch <= 4; ++epoch) hear("epoch", {{"epoch", epoch}, {"metrics", {{"loss", 1.0}}}});
  hear("sample", {{"epoch", 4}, {"prefix", "分开"}, {"text", "x"}});
  hear("started", started(4));
  hear("recalled", recalled_epoch(1));
  hear("recalled", {{"event", {{"type", "flag"}, {"flag", "sees_future"}, {"message", ""}}}});
  hear("recalled", {{"event", {{"type", "sample"}, {"epoch", 1}, {"prefix", "分开"}, {"text", "y"}}}});
  EXPECT_EQ(rows("metrics"), 4) << "it has not recalled all";
  hear("recalled", recalled_epoch(2));
  EXPECT_EQ(rows("metrics"), 2);
  EXPECT_EQ(rows("metrics WHERE value = 0.5"), 2);
  EXPECT_EQ(rows("samples WHERE text = 'y'"), 1);
  EXPECT_EQ(rows("samples"), 1);
  EXPECT_EQ(rows("trials WHERE flags = 'sees_future'"), 1);
  EXPECT_EQ(rows("attempts WHERE from_epoch = 3 AND from_batch = 7"), 1);
}

TEST_F(AttemptTest, ATrialThatDoesNotRecallAllChangesNothingAndCannotFinish) {
  hear("forked", {{"pid", 4711}});
  hear("epoch", {{"epoch", 1}, {"metrics", {{"loss", 1.0}}}});
  hear("started", started(3));
  hear("recalled", recalled_epoch(1));
  EXPECT_THROW(hear("recalled", recalled_epoch(0)), std::invalid_argument);
  EXPECT_THROW(hear("recalled", {{"event", {{"type", "finished"}}}}), std::invalid_argument);
  EXPECT_THROW(hear("recalled", {{"event", {{"type", "sample"}, {"epoch", 1}, {"prefix", "not asked for"}}}}),
               std::invalid_argument);
  EXPECT_THROW(hear("recalled"), std::invalid_argument);
  EXPECT_THROW(hear("epoch", {{"epoch", 3}, {"metrics", {{"loss", 1.0}}}}), std::invalid_argument);
  EXPECT_THROW(hear("finished"), std::invalid_argument);
  EXPECT_EQ(rows("metrics WHERE value = 1.0"), 1);
  EXPECT_EQ(rows("metrics"), 1);
  EXPECT_EQ(verdict().status, TrialStatus::failed);
}

TEST_F(AttemptTest, ATrialThatRecallsMoreThanThereCanBeIsRefused) {
  hear("forked", {{"pid", 4711}});
  EXPECT_THROW(hear("recalled", recalled_epoch(1)), std::invalid_argument) << "it has not started";
  for (const Json& count : {Json(-1), Json(1'000'000), Json(1.5), Json("2")}) {
    Json body = started(0);
    body["recalls"] = count;
    EXPECT_THROW(hear("started", body), std::invalid_argument) << count;
  }
  hear("started", started(1));
  hear("recalled", recalled_epoch(1));
  EXPECT_THROW(hear("recalled", recalled_epoch(2)), std::invalid_argument);
  EXPECT_EQ(rows("metrics"), 1);
}

TEST_F(AttemptTest, OfSeveralLastWordsTheFirstStands) {
  hear("forked", {{"pid", 4711}});
  hear("failed", {{"message", "first"}});
  hear("failed", {{"message", "second"}});
  hear("finished");
  hear("epoch", {{"epoch", 1}, {"metrics", {{"loss", 1.0}}}});
  const Verdict found = verdict();
  EXPECT_EQ(found.status, TrialStatus::failed);
  EXPECT_EQ(found.error, "first");
  EXPECT_EQ(rows("metrics"), 0);
}

TEST_F(AttemptTest, WarningsWithoutEndAreNotShown) {
  hear("forked", {{"pid", 4711}});
  for (int i = 0; i < 100; ++i) hear("warning", {{"message", "beware"}});
  EXPECT_THROW(hear("warning", {{"message", "beware"}}), std::invalid_argument);
  EXPECT_EQ(observer_.warnings, 100);
}

TEST_F(AttemptTest, AFailureOfTheMachineInterrupts) {
  hear("forked", {{"pid", 4711}});
  hear("failed", {{"message", "cannot write x: No space left on device"}, {"cause", protocol::kEnvironment}});
  const Verdict found = verdict();
  EXPECT_EQ(found.status, TrialStatus::interrupted);
  EXPECT_EQ(found.end.outcome, "environment");
  EXPECT_TRUE(found.machine_failed);
  EXPECT_THAT(found.error, HasSubstr("No space left"));
}

TEST_F(AttemptTest, MemoryThatWasRefusedIsItsOwnOutcome) {
  hear("forked", {{"pid", 4711}});
  hear("failed", {{"message", "out of memory"}, {"cause", protocol::kMemory}});
  const Verdict found = verdict();
  EXPECT_EQ(found.status, TrialStatus::failed);
  EXPECT_EQ(found.end.outcome, "memory");
  EXPECT_FALSE(found.machine_failed);
}

TEST_F(AttemptTest, MemoryIsCountedBesideWhatItsHostHas) {
  sweep::RunOptions run;
  run.memory.bytes = 1 << 20;
  const int64_t mine = memory_of(getpid())->resident;
  hear("forked", {{"pid", getpid()}, {"resident", mine}});
  EXPECT_FALSE(excess_of(*attempt_, run)) << "it has taken nothing";
  hear("forked", {{"pid", getpid()}, {"resident", mine - (4 << 20)}});
  const auto excess = excess_of(*attempt_, run);
  ASSERT_TRUE(excess);
  EXPECT_EQ(excess->reason, EndReason::memory);
  EXPECT_THAT(excess->sentence, ::testing::AllOf(HasSubstr(" MiB in memory beside what an idle worker has"),
                                                 HasSubstr("run.memory allows 1 MiB")));
  run.memory.bytes = 0;
  EXPECT_FALSE(excess_of(*attempt_, run)) << "no limit";
}

TEST_F(AttemptTest, SilenceBeyondItsLimitIsAHang) {
  sweep::RunOptions run;
  run.hang_timeout.seconds = 1e-9;
  EXPECT_FALSE(excess_of(*attempt_, run)) << "its worker may still load";
  hear("forked", {{"pid", 4711}});
  hear("progress", kProgress);
  const auto excess = excess_of(*attempt_, run);
  ASSERT_TRUE(excess);
  EXPECT_EQ(excess->reason, EndReason::hang);
  EXPECT_THAT(excess->sentence, ::testing::AllOf(HasSubstr("last seen at epoch 3, batch 12 of 40"),
                                                 HasSubstr("run.hang_timeout allows 1e-09 s")));
  run.hang_timeout.seconds = 0;
  EXPECT_FALSE(excess_of(*attempt_, run)) << "no limit";
}

TEST_F(AttemptTest, OnlyAHangOfTheTrialItselfFailsIt) {
  hear("forked", {{"pid", 4711}});
  attempt_->end_because(EndReason::hang, "it hung");
  const Verdict of_host = verdict({0, SIGKILL}, true);
  EXPECT_TRUE(of_host.host_lost);
  const Verdict of_trial = verdict({0, SIGKILL}, false);
  EXPECT_EQ(of_trial.end.outcome, "hang");
  EXPECT_EQ(of_trial.error, "it hung");
  EXPECT_FALSE(of_trial.crashed) << "we killed it";
}

TEST_F(AttemptTest, ATrialThatStopsAtItsLimitHasFailed) {
  hear("forked", {{"pid", 4711}});
  attempt_->end_because(EndReason::memory, "too much");
  hear("stopped");
  const Verdict found = verdict();
  EXPECT_EQ(found.status, TrialStatus::failed);
  EXPECT_EQ(found.end.outcome, "memory");
}

}  // namespace
}  // namespace runner::schedule
