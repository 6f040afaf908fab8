// What becomes of what a worker says, whatever that is.
#include "control/schedule/attempt.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "common/process_memory.h"
#include "control/schedule/limits.h"
#include "results.h"

namespace runner::schedule {
namespace {

using store::TrialStatus;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class QuietObserver : public Observer {
 public:
  void on_sweep_start(const SweepView&) override {}
  void on_trial_start(const TrialView&, int64_t, const std::string&) override {}
  void on_progress(const TrialView&, const Progress&) override {}
  void on_epoch(const TrialView&, const EpochReport&) override {}
  void on_sample(const TrialView&, int64_t, const std::string&) override {}
  void on_warning(const TrialView&, const std::string& message) override { warnings.push_back(message); }
  void on_trial_end(const TrialView&, TrialStatus, const std::string&, const std::string&, bool) override {}
  void on_held_back(int64_t, const std::string&) override {}
  void on_stopping(int) override {}
  void on_sweep_end() override {}
  void on_tick() override {}

  std::vector<std::string> warnings;
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

  std::string log() const {
    std::stringstream text;
    text << std::ifstream(folder_.path() / "1" / "log.txt").rdbuf();
    return text.str();
  }

  testing::TemporaryFolder folder_;
  store::Store store_;
  QuietObserver observer_;
  Task task_;
  std::optional<Attempt> attempt_;
};

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++found;
  return found;
}

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
  for (int i = 0; i < 1000; ++i) hear("warning", {{"message", "beware"}});
  EXPECT_EQ(observer_.warnings.size(), 100u);
  EXPECT_EQ(count(log(), "warning: beware"), 100);
  EXPECT_EQ(count(log(), "it has warned 100 times; no more is told"), 1);
}

TEST_F(AttemptTest, OfASentenceWithoutEndTheBeginningIsKept) {
  hear("forked", {{"pid", 4711}});
  const std::string endless = std::string(4095, 'x') + std::string(1 << 20, '\xe5');
  hear("warning", {{"message", endless}});
  hear("failed", {{"message", endless}});
  const std::string expected = std::string(4095, 'x') + "\uFFFD…";
  EXPECT_THAT(observer_.warnings, ElementsAre(expected));
  EXPECT_EQ(verdict().error, expected);
}

// `count` numbers under names of their own.
Json many(const std::string& name, int count) {
  Json numbers = Json::object();
  for (int i = 0; i < count; ++i) numbers[name + std::to_string(i)] = 1.0;
  return numbers;
}

TEST_F(AttemptTest, OfMoreMetricsThanATrialCanHaveTheFirstAreKept) {
  hear("forked", {{"pid", 4711}});
  hear("started");
  hear("epoch", {{"epoch", 1}, {"metrics", {{"loss", 1.0}}}});
  hear("epoch", {{"epoch", 2}, {"metrics", many("a", 700)}, {"reasons", {{"perplexity", "infinite"}}}});
  EXPECT_TRUE(observer_.warnings.empty());
  hear("epoch", {{"epoch", 3}, {"metrics", many("b", 700)}});
  hear("epoch", {{"epoch", 4}, {"metrics", many("c", 700)}, {"reasons", {{"perplexity", ""}, {"d", ""}}}});
  hear("epoch", {{"epoch", 5}, {"metrics", {{"loss", 0.5}}}});
  EXPECT_THAT(observer_.warnings, ElementsAre(AllOf(HasSubstr("the metric \"b"), HasSubstr("1000 names"))));
  EXPECT_EQ(rows("(SELECT DISTINCT name FROM metrics)"), 1000);
  EXPECT_EQ(rows("metrics WHERE name = 'loss'"), 2);
  EXPECT_EQ(rows("metrics WHERE name = 'perplexity' AND value IS NULL"), 2);
  EXPECT_EQ(rows("metrics WHERE name LIKE 'c%' OR name = 'd'"), 0);
  hear("finished");
  EXPECT_EQ(verdict().status, TrialStatus::completed);
}

TEST_F(AttemptTest, OfMoreFactsThanATrialCanHaveTheFirstAreKept) {
  task_.facts = many("data", 600);
  hear("forked", {{"pid", 4711}});
  hear("started", {{"facts", many("model", 600)}});
  EXPECT_EQ(rows("trial_facts"), 1000);
  EXPECT_EQ(rows("trial_facts WHERE name LIKE 'data%'"), 600);
  EXPECT_THAT(observer_.warnings, ElementsAre(HasSubstr("the fact \"model")));
  hear("finished", {{"facts", {{"weights_digest", "c0ffee"}}}});
  EXPECT_EQ(verdict().status, TrialStatus::completed);
}

TEST_F(AttemptTest, NamesAreNoBooks) {
  hear("forked", {{"pid", 4711}});
  const std::string book(1 << 20, 'x');
  hear("started", {{"facts", {{book, 1}, {std::string(200, 'x'), 2}}}});
  hear("epoch", {{"epoch", 1}, {"metrics", {{book, 1.0}, {"loss", 1.0}}}});
  EXPECT_EQ(rows("trial_facts"), 1);
  EXPECT_EQ(rows("metrics"), 1);
  ASSERT_EQ(observer_.warnings.size(), 2u);
  EXPECT_LT(observer_.warnings[0].size(), 500u);
  EXPECT_THROW(hear("started", {{"facts", {{"corpus_hash", book}}}}), std::invalid_argument);
}

TEST_F(AttemptTest, WhatIsRecalledIsCountedAnew) {
  hear("forked", {{"pid", 4711}});
  hear("started");
  hear("epoch", {{"epoch", 1}, {"metrics", many("before", 1000)}});
  hear("started", started(1));
  hear("recalled", {{"event", {{"type", "epoch"}, {"epoch", 1}, {"metrics", many("after", 1001)}}}});
  EXPECT_EQ(rows("metrics WHERE name LIKE 'after%'"), 1000);
  EXPECT_EQ(rows("metrics"), 1000);
  EXPECT_EQ(observer_.warnings.size(), 1u);
}

TEST_F(AttemptTest, ATrialHasAHundredFlagsAtMost) {
  hear("forked", {{"pid", 4711}});
  const auto flag = [](int number) { return Json{{"flag", "flag_" + std::to_string(number)}, {"message", ""}}; };
  for (int i = 0; i < 150; ++i) hear("flag", flag(i));
  hear("flag", flag(99));
  EXPECT_EQ(rows("trials WHERE length(flags) = 100 * length('flag_00,') - 10 - 1"), 1);
}

TEST_F(AttemptTest, AnEpochIsToldOnceWithOneSampleAPrefix) {
  hear("forked", {{"pid", 4711}});
  const Json epoch = {{"epoch", 2}, {"metrics", {{"loss", 1.0}}}};
  hear("epoch", epoch);
  EXPECT_THROW(hear("epoch", epoch), std::invalid_argument);
  EXPECT_THROW(hear("epoch", {{"epoch", 1}, {"metrics", {{"loss", 1.0}}}}), std::invalid_argument);
  const Json sample = {{"epoch", 2}, {"prefix", "分开"}, {"text", "x"}};
  hear("sample", sample);
  hear("sample", sample);
  EXPECT_THROW(hear("sample", sample), std::invalid_argument);
  hear("epoch", {{"epoch", 3}, {"metrics", {{"loss", 1.0}}}});
  hear("sample", {{"epoch", 3}, {"prefix", "分开"}, {"text", "x"}});
  EXPECT_EQ(rows("metrics"), 2);
  EXPECT_EQ(rows("samples"), 2);
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

TEST_F(AttemptTest, AHangIsADisturbanceOnlyIfItsHostWasStuckToo) {
  hear("forked", {{"pid", 4711}});
  attempt_->end_because(EndReason::hang, "it hung");
  const Verdict of_host = verdict({0, SIGKILL}, true);
  EXPECT_TRUE(of_host.was_disturbed);
  EXPECT_EQ(of_host.end.outcome, "hang");
  const Verdict of_trial = verdict({0, SIGKILL}, false);
  EXPECT_FALSE(of_trial.was_disturbed);
  EXPECT_EQ(of_trial.end.outcome, "hang");
  EXPECT_EQ(of_trial.error, "it hung");
  EXPECT_FALSE(of_trial.crashed) << "we killed it";
}

TEST_F(AttemptTest, AStopThatNobodyHereAskedForIsADisturbance) {
  hear("forked", {{"pid", 4711}});
  hear("stopped");
  const Verdict found = verdict();
  EXPECT_EQ(found.status, TrialStatus::interrupted);
  EXPECT_TRUE(found.was_disturbed);
  EXPECT_THAT(found.error, HasSubstr("SIGTERM"));
  attempt_->end_because(EndReason::stop);
  EXPECT_FALSE(verdict().was_disturbed);
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
