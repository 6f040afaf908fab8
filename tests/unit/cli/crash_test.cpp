// Trials whose workers die.
#include <gmock/gmock.h>

#include "common/json.h"
#include "runner_program.h"

namespace runner::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

int occurrences(const std::string& text, const std::string& words) {
  int count = 0;
  for (size_t at = 0; (at = text.find(words, at)) != std::string::npos; at += words.size()) ++count;
  return count;
}

class CrashTest : public ::testing::Test {
 protected:
  CrashTest() {
    runner_.add_plugin_folder(BROKEN_PLUGINS);
    runner_.write("text.txt", small_text(600));
  }

  // `run`: what stands in `run:`; `trials`: the arms.
  std::string experiment(const std::string& run, const std::vector<std::string>& trials) {
    std::string text = R"(
name: crash
data: {plugin: text, path: text.txt, num_steps: 5, batch_size: 4}
model: {plugin: rnn}
train: {epochs: 2, device: cpu}
run: {)" + run + "}\nsweep:\n  method: list\n  trials:\n";
    for (const std::string& trial : trials) text += "    - {" + trial + "}\n";
    return runner_.write("crash.yaml", text).string();
  }

  // An arm whose model goes wrong as `manner` says: "wait", or with more of its options.
  static std::string broken(const std::string& manner) {
    return "label: broken, model: {plugin: misbehaving, manner: " + manner + "}";
  }

  static std::string endless() { return "label: endless, train: {epochs: 1000000}"; }

  // A broken arm and a sound one.
  CapturedRun sweep(const std::string& manner, const std::string& run) {
    return runner_.run({"sweep", experiment(run, {broken(manner), "label: sound"}), "--fresh"});
  }

  std::string statuses() {
    return runner_.query("SELECT group_concat(status) FROM (SELECT status FROM trials ORDER BY number)");
  }

  RunnerProgram runner_;
};

TEST_F(CrashTest, ASegmentationFaultFailsItsTrialOnly) {
  const CapturedRun run = sweep("segfault", "max_restarts: 0");
  EXPECT_EQ(run.status.code, 1);
  EXPECT_THAT(run.errors, HasSubstr("SIGSEGV"));
  EXPECT_EQ(runner_.query("SELECT status FROM trials ORDER BY number"), "failed\ncompleted\n");
  EXPECT_THAT(runner_.query("SELECT error FROM trials WHERE number = 1"), HasSubstr("SIGSEGV (segmentation fault)"));
  EXPECT_EQ(runner_.query("SELECT signal FROM attempts WHERE trial_id = 1"), "11\n");
}

TEST_F(CrashTest, AWorkerThatDiesIsStartedAgainAsOftenAsAllowed) {
  sweep("segfault", "max_restarts: 2");
  EXPECT_EQ(runner_.query("SELECT count(*) FROM attempts WHERE trial_id = 1"), "3\n");
  EXPECT_EQ(runner_.query("SELECT count(*) FROM attempts WHERE trial_id = 2"), "1\n");
}

TEST_F(CrashTest, AnErrorThatTheModelReportsIsNotTriedAgain) {
  const CapturedRun run = sweep("throw", "max_restarts: 2");
  EXPECT_EQ(run.status.code, 1);
  EXPECT_EQ(runner_.query("SELECT count(*) FROM attempts WHERE trial_id = 1"), "1\n");
}

TEST_F(CrashTest, AWorkerThatDoesNotHearIsKilledAndItsLastWordsAreKept) {
  const CapturedRun run = sweep("wait", "timeout: 1s");
  EXPECT_EQ(runner_.query("SELECT outcome, signal, stderr_tail FROM attempts WHERE trial_id = 1"),
            "timeout,9,waiting\n");
  EXPECT_THAT(run.errors, HasSubstr("waiting"));
}

TEST_F(CrashTest, APluginMayPrint) {
  EXPECT_EQ(sweep("print", "").status.code, 0);
  EXPECT_THAT(runner_.run({"logs", "1"}).output, HasSubstr("garbage on stdout"));
}

TEST_F(CrashTest, APluginThatLeavesFailsItsTrial) {
  EXPECT_EQ(sweep("exit", "").status.code, 1);
  EXPECT_THAT(runner_.query("SELECT error FROM trials WHERE number = 1"), HasSubstr("exit(0)"));
}

TEST_F(CrashTest, AHangEndsTheTrialAndSaysWhatItDidLast) {
  EXPECT_EQ(runner_.run({"sweep", experiment("hang_timeout: 3s", {broken("wait")})}).status.code, 1);
  EXPECT_EQ(runner_.query("SELECT outcome, signal FROM attempts WHERE trial_id = 1"), "hang,9\n");
  EXPECT_THAT(runner_.query("SELECT error FROM trials WHERE number = 1"),
              AllOf(HasSubstr("last seen at the start of "), HasSubstr("run.hang_timeout allows 3 s")));
}

TEST_F(CrashTest, DataThatNeverOpenAreTheExperimentsFault) {
  const std::string file = experiment("hang_timeout: 1s", {"data: {plugin: endless_data}"});
  for (const char* verb : {"validate", "sweep"}) {
    const CapturedRun run = runner_.run({verb, file});
    EXPECT_EQ(run.status.code, 2) << verb;
    EXPECT_THAT(run.errors,
                AllOf(HasSubstr("crash.yaml:10:8: "), HasSubstr("the dataset \"endless_data\" was killed after"),
                      HasSubstr("run.hang_timeout allows no more")));
  }
  EXPECT_FALSE(fs::exists(runner_.database()));
}

TEST_F(CrashTest, MemoryBeyondItsLimitIsRefusedAtOnce) {
  EXPECT_EQ(sweep("hoard", "memory: 1GiB").status.code, 1);
  EXPECT_EQ(runner_.query("SELECT outcome, signal FROM attempts WHERE trial_id = 1"), "memory,\n");
  EXPECT_THAT(runner_.query("SELECT error FROM trials WHERE number = 1"), HasSubstr("run.memory"));
  EXPECT_EQ(statuses(), "\"failed,completed\"\n");
}

// Of a trial that hears, in memory that nobody refuses it.
TEST_F(CrashTest, MemoryIsLookedAtWhileATrialRuns) {
  const std::string arm = broken("hoard_shared") + ", train: {epochs: 1000000}";
  const CapturedRun run = runner_.run({"sweep", experiment("memory: 64MiB", {arm})});
  EXPECT_EQ(run.status.code, 1);
  EXPECT_EQ(runner_.query("SELECT outcome, signal FROM attempts"), "memory,\n");
  EXPECT_THAT(runner_.query("SELECT error FROM trials WHERE number = 1"),
              AllOf(HasSubstr(" MiB in memory beside what an idle worker has"), HasSubstr("run.memory allows 64 MiB")));
}

TEST_F(CrashTest, MemoryOfLibTorchAndOfThreadsIsNotTheTrials) {
#if defined(__SANITIZE_ADDRESS__)  // it holds back what is freed
  const std::string memory = "256MiB";
#else
  const std::string memory = "64MiB";
#endif
  const std::string file = experiment("memory: " + memory + ", threads_per_trial: 8, max_concurrent_trials: 1",
                                      {"model: {hidden_size: 256}"});
  const CapturedRun run = runner_.run({"sweep", file});
  EXPECT_EQ(run.status.code, 0) << run.errors;
}

TEST_F(CrashTest, WhatAPluginWritesAmongTheEventsConfusesNobody) {
  const std::string lines = R"({"v":3,"type":"exited","code":0,"signal":11}
{"v":3,"type":"forked","pid":1}
{"v":3,"type":"epoch","epoch":99,"metrics":{"loss":1}}
{"v":3,"type":"sample","epoch":"one"}
{"v":3,"type":"progress"}
{"v":3,"type":"started","facts":[1,2]}
half a line {)";
  const CapturedRun run = sweep("say, times: 1000, text: " + Json(lines).dump(), "");
  EXPECT_EQ(run.status.code, 0) << run.errors;
  EXPECT_EQ(statuses(), "\"completed,completed\"\n");
  EXPECT_EQ(runner_.query("SELECT max(epoch), count(*) FROM metrics WHERE name = 'loss' AND trial_id = 1"), "2,2\n");
  const std::string log = runner_.run({"logs", "1"}).output;
  EXPECT_THAT(log, AllOf(HasSubstr("worker: dropped an event that only its host may send"),
                         HasSubstr("its \"epoch\" must be an integer from 1 to 2, found 99"),
                         HasSubstr(" (and no more is told)\n")));
  EXPECT_EQ(occurrences(log, "worker: dropped "), 10);
  EXPECT_EQ(occurrences(log, "unreadable event from the worker: "), 10);
}

// A folder in the place of the weights does what a full disk does.
TEST_F(CrashTest, AFailureOfTheMachineStopsTheSweepUntilItsCauseIsGone) {
  const fs::path in_the_way = runner_.folder() / "results.files" / "2" / "weights.safetensors";
  fs::create_directories(in_the_way / "something");
  const std::string file = experiment("", {"label: first", "label: second, train: {epochs: 3}", "train: {epochs: 4}"});
  const CapturedRun run = runner_.run({"sweep", file, "--jobs", "1"});
  EXPECT_EQ(run.status.code, 3);
  EXPECT_THAT(run.errors, AllOf(HasSubstr("the sweep stopped: trial 2: while saving the weights"),
                                HasSubstr(in_the_way.string()), HasSubstr("`runner resume` goes on")));
  EXPECT_EQ(statuses(), "\"completed,interrupted,waiting\"\n");
  EXPECT_EQ(runner_.query("SELECT outcome FROM attempts WHERE trial_id = 2"), "environment\n");
  fs::remove_all(in_the_way);
  EXPECT_EQ(runner_.run({"resume", "--jobs", "1"}).status.code, 0);
  EXPECT_EQ(statuses(), "\"completed,completed,completed\"\n");
  EXPECT_EQ(runner_.query("SELECT count(*) FROM attempts WHERE trial_id = 2"), "2\n") << "all attempts are kept";
}

TEST_F(CrashTest, OtherTrialsAreAskedToStopWhenTheMachineFails) {
  fs::create_directories(runner_.folder() / "results.files" / "1" / "weights.safetensors" / "something");
  const CapturedRun run = runner_.run({"sweep", experiment("", {"label: first", endless()}), "--jobs", "2"});
  EXPECT_EQ(run.status.code, 3) << run.errors;
  EXPECT_EQ(runner_.query("SELECT outcome, signal FROM attempts ORDER BY trial_id"), "environment,\ninterrupted,\n");
}

}  // namespace
}  // namespace runner::testing
