// Sweeps from the command line to the database.
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>

#include <array>
#include <chrono>
#include <thread>

#include "common/machine.h"
#include "runner_program.h"
#include "unit/store/tamper.h"

namespace runner::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kExperiment = R"(
name: small
data: {plugin: text, path: text.txt, num_steps: 5, batch_size: 4, valid_fraction: 0.3}
model: {plugin: rnn, hidden_size: 8}
train: {epochs: 4, optimizer: {name: adam, lr: 0.01}, clip_norm: 1, device: cpu}
samples: {every: 2, length: 6, prefixes: [ab]}
sweep:
  seeds: [1, 2]
  parameters:
    model.plugin: {values: [rnn, gru]}
)";

class SweepTest : public ::testing::Test {
 protected:
  SweepTest() {
    runner_.write("text.txt", small_text(600));
    experiment_ = runner_.write("small.yaml", kExperiment).string();
  }

  RunnerProgram runner_;
  std::string experiment_;
};

TEST_F(SweepTest, RunsEveryTrialAndLeavesItsNumbersAndSamples) {
  const CapturedRun run = runner_.run({"sweep", experiment_});
  ASSERT_EQ(run.status.code, 0) << run.errors;
  EXPECT_THAT(run.output, HasSubstr("plugin=gru"));
  EXPECT_EQ(runner_.query("SELECT count(*) FROM trials WHERE status = 'completed' AND epochs_done = 4"), "4\n");
  EXPECT_EQ(runner_.query("SELECT count(*) FROM metrics WHERE name = 'perplexity' AND value > 1"), "16\n");
  EXPECT_EQ(runner_.query("SELECT count(*) FROM metrics WHERE name = 'valid_perplexity' AND value > 1"), "16\n");
  EXPECT_EQ(runner_.query("SELECT group_concat(DISTINCT epoch) FROM samples"), "\"2,4\"\n");
  EXPECT_EQ(runner_.query("SELECT count(*) FROM samples WHERE length(text) = 8 AND text LIKE 'ab%'"), "8\n");
  EXPECT_EQ(runner_.query("SELECT DISTINCT value FROM trial_facts WHERE name = 'vocabulary'"), "9\n");
  EXPECT_EQ(runner_.query("SELECT status FROM sweeps"), "completed\n");
}

TEST_F(SweepTest, LogsAsTheChapterPrintsWhereThereIsNoTerminal) {
  const CapturedRun run = runner_.run({"sweep", experiment_});
  EXPECT_THAT(run.errors, ::testing::ContainsRegex("epoch 2, perplexity [0-9.]+.*, time [0-9.]+ sec"));
  EXPECT_THAT(run.errors, HasSubstr(" - ab"));
  EXPECT_THAT(run.errors, Not(HasSubstr("\x1b[J")));
}

TEST_F(SweepTest, AFinishedSweepIsShownAgainInsteadOfRunAgain) {
  const CapturedRun first = runner_.run({"sweep", experiment_});
  const CapturedRun second = runner_.run({"sweep", experiment_});
  EXPECT_EQ(second.status.code, 0);
  EXPECT_EQ(second.output, first.output);
  EXPECT_EQ(runner_.query("SELECT count(*) FROM sweeps"), "1\n");
  EXPECT_EQ(runner_.query("SELECT max(attempt) FROM attempts"), "1\n");
}

TEST_F(SweepTest, FreshStartsAnotherSweepBesideIt) {
  runner_.run({"sweep", experiment_});
  runner_.run({"sweep", experiment_, "--fresh"});
  EXPECT_EQ(runner_.query("SELECT count(*) FROM sweeps"), "2\n");
}

TEST_F(SweepTest, NumbersDoNotDependOnWhatRunsBeside) {
  const std::string metrics =
      "SELECT t.number, m.name, m.epoch, m.value FROM metrics m JOIN trials t USING (trial_id) "
      "WHERE m.name NOT IN ('seconds', 'tokens_per_second') ORDER BY 1, 2, 3";
  const std::string digests =
      "SELECT t.number, f.value FROM trial_facts f JOIN trials t USING (trial_id) "
      "WHERE f.name = 'weights_digest' ORDER BY 1";
  runner_.run({"sweep", experiment_, "--jobs", "1"});
  const std::string alone = runner_.query(metrics) + runner_.query(digests);
  RunnerProgram other;
  other.write("text.txt", small_text(600));
  other.run({"sweep", other.write("small.yaml", kExperiment).string(), "--jobs", "4"});
  EXPECT_EQ(other.query(metrics) + other.query(digests), alone);
  EXPECT_THAT(alone, HasSubstr("perplexity"));
}

TEST_F(SweepTest, TheLongestTrialsStartFirst) {
  const std::string layers = runner_
                                 .write("layers.yaml", R"(
name: layers
data: {plugin: text, path: text.txt, num_steps: 5, batch_size: 4}
model: {plugin: lstm, hidden_size: 8}
train: {epochs: 3, device: cpu}
sweep: {parameters: {model.num_layers: {values: [1, 2, 3, 6]}}}
)")
                                 .string();
  const std::string started =
      "SELECT group_concat(number) FROM (SELECT number FROM trials ORDER BY started_at, trial_id)";
  ASSERT_EQ(runner_.run({"sweep", layers, "--jobs", "1"}).status.code, 0);
  EXPECT_EQ(runner_.query(started), "\"1,2,3,4\"\n");
  RunnerProgram other;
  other.write("text.txt", small_text(600));
  fs::copy_file(layers, other.folder() / "layers.yaml");
  const CapturedRun run = other.run({"sweep", (other.folder() / "layers.yaml").string(), "--jobs", "2"});
  ASSERT_EQ(run.status.code, 0) << run.errors;
  // Which of the first two hosts is ready first is open, and so is which of them is done first.
  EXPECT_THAT(other.query(started), ::testing::AnyOf("\"4,3,2,1\"\n", "\"3,4,2,1\"\n"));
}

TEST_F(SweepTest, WhatTrialsShareIsGoneAfterTheRun) {
  const fs::path cache = runner_.folder() / "results.files" / "cache";
  fs::create_directories(cache);
  std::ofstream(cache / "left by a killed runner") << "x";
  ASSERT_EQ(runner_.run({"sweep", experiment_}).status.code, 0);
  EXPECT_FALSE(fs::exists(cache));
  EXPECT_TRUE(fs::exists(runner_.folder() / "results.files" / "1"));
}

TEST_F(SweepTest, ARequestThatIsWrongLeavesNoFiles) {
  EXPECT_EQ(runner_.run({"sweep", experiment_, "samples.prefixes=['?']"}).status.code, 2);
  EXPECT_FALSE(fs::exists(runner_.folder() / "results.files"));
}

TEST_F(SweepTest, DryRunPrintsTheTrialsAndLeavesNothing) {
  const CapturedRun run = runner_.run({"sweep", experiment_, "--dry-run"});
  EXPECT_EQ(run.status.code, 0);
  EXPECT_THAT(run.output, HasSubstr("plugin=rnn"));
  EXPECT_FALSE(fs::exists(runner_.database()));
}

TEST_F(SweepTest, AChangedUnfinishedExperimentIsRefusedWithTheDifference) {
  runner_.run({"sweep", experiment_, "run.max_failures=1", "train.optimizer.lr=1e38", "train.optimizer.name=sgd",
               "train.clip_norm=0", "run.on_failure=stop", "--jobs", "1"});
  ASSERT_EQ(runner_.query("SELECT status FROM sweeps"), "interrupted\n");
  const CapturedRun run = runner_.run({"sweep", experiment_});
  EXPECT_EQ(run.status.code, 2);
  EXPECT_THAT(run.errors, HasSubstr("train.optimizer.lr: 1e+38 -> 0.01"));
  EXPECT_THAT(run.errors, HasSubstr("--fresh"));
}

TEST_F(SweepTest, WhatAWorkerRefusesIsLocatedInTheFile) {
  const CapturedRun run = runner_.run({"sweep", experiment_, "samples.prefixes=[ab, 'a春']", "data.max_chars=10"});
  EXPECT_EQ(run.status.code, 2);
  EXPECT_THAT(run.errors, HasSubstr("command line: "));
  EXPECT_FALSE(fs::exists(runner_.database()));
  runner_.write("text.txt", "abc\xff");
  const CapturedRun invalid = runner_.run({"validate", experiment_});
  EXPECT_EQ(invalid.status.code, 2);
  EXPECT_THAT(invalid.errors, HasSubstr("small.yaml:3:"));
  EXPECT_THAT(invalid.errors, HasSubstr("byte 3"));
}

TEST_F(SweepTest, ADivergingTrialFailsWithItsReasonAndOthersGoOn) {
  const std::string diverging = runner_
                                    .write("diverging.yaml", R"(
name: diverging
data: {plugin: text, path: text.txt, num_steps: 5, batch_size: 4}
model: {plugin: rnn, hidden_size: 8}
train: {epochs: 3, optimizer: {name: sgd, lr: 0.1}, device: cpu}
sweep: {parameters: {train.optimizer.lr: {values: [1.0e38, 0.1]}}}
)")
                                    .string();
  const CapturedRun run = runner_.run({"sweep", diverging});
  EXPECT_EQ(run.status.code, 1);
  EXPECT_EQ(runner_.query("SELECT group_concat(status) FROM (SELECT status FROM trials ORDER BY number)"),
            "\"failed,completed\"\n");
  EXPECT_THAT(runner_.query("SELECT error FROM trials WHERE status = 'failed'"),
              ::testing::AllOf(HasSubstr("is not finite"), HasSubstr("training diverged")));
}

TEST_F(SweepTest, BestYamlReproducesTheBestTrial) {
  runner_.run({"sweep", experiment_});
  const CapturedRun best = runner_.run({"best", "--yaml"});
  ASSERT_EQ(best.status.code, 0) << best.errors;
  RunnerProgram other;
  const CapturedRun again = other.run({"sweep", other.write("best.yaml", best.output).string()});
  ASSERT_EQ(again.status.code, 0) << again.errors << best.output;
  EXPECT_EQ(other.query("SELECT final_metric FROM trials"),
            runner_.query("SELECT min(final_metric) FROM trials WHERE trial_id = (SELECT trial_id FROM trials "
                          "ORDER BY best_metric LIMIT 1)"));
}

TEST_F(SweepTest, BestYamlKeepsTheNumberOfThreads) {
  runner_.run({"sweep", experiment_, "run.threads_per_trial=2", "train.epochs=1"});
  EXPECT_THAT(runner_.run({"best", "--yaml"}).output, HasSubstr("run: {threads_per_trial: 2}\n"));
  tamper(runner_.database(), "DELETE FROM trial_facts WHERE name = 'threads'");  // as earlier runners left it
  EXPECT_THAT(runner_.run({"best", "--yaml"}).output, HasSubstr("run: {threads_per_trial: 2}\n"));
}

TEST_F(SweepTest, ATrialIsOneOfOneNumberOfThreads) {
  const std::vector<std::string> words = {
      "sweep", experiment_, "train.epochs=400", "samples.every=1", "sweep.seeds=[1]", "--jobs", "1"};
  std::vector<std::string> with_two = words;
  with_two.insert(with_two.end() - 2, "run.threads_per_trial=2");
  ChildProcess program(runner_.request(with_two));
  ASSERT_TRUE(read_until(program, "2/2 plugin=gru: epoch 3,"));
  program.kill(SIGINT);
  EXPECT_EQ(program.wait().code, 130);
  const CapturedRun again = runner_.run(words);
  EXPECT_EQ(again.status.code, 0) << again.errors;
  EXPECT_THAT(again.errors, HasSubstr("the number of threads has changed since"));
  EXPECT_EQ(runner_.query("SELECT value FROM trial_facts WHERE name = 'threads' ORDER BY trial_id"), "2\n1\n");
  EXPECT_EQ(runner_.query("SELECT count(*) FROM attempts WHERE from_epoch IS NOT NULL"), "0\n");
}

TEST_F(SweepTest, CtrlCInterruptsAndTheSameCommandContinues) {
  const std::vector<std::string> words = {"sweep", experiment_, "train.epochs=400", "samples.every=1", "--jobs", "1"};
  ChildProcess program(runner_.request(words));
  ASSERT_TRUE(read_until(program, "2/4 plugin=rnn, seed=2: epoch 3,"));
  program.kill(SIGINT);
  std::string rest;
  while (read_available(program.stderr_pipe().get(), rest)) {
  }
  EXPECT_EQ(program.wait().code, 130);
  EXPECT_EQ(runner_.query("SELECT group_concat(status) FROM (SELECT status FROM trials ORDER BY number)"),
            "\"completed,interrupted,waiting,waiting\"\n");
  EXPECT_EQ(runner_.query("SELECT status FROM sweeps"), "interrupted\n");

  const CapturedRun again = runner_.run(words);
  EXPECT_EQ(again.status.code, 0) << again.errors;
  EXPECT_EQ(runner_.query("SELECT count(*) FROM trials WHERE status = 'completed'"), "4\n");
  EXPECT_EQ(runner_.query("SELECT count(*) FROM metrics WHERE name = 'loss'"), "1600\n");
  EXPECT_EQ(runner_.query("SELECT group_concat(n) FROM (SELECT count(*) AS n FROM attempts GROUP BY trial_id ORDER BY "
                          "trial_id)"),
            "\"1,2,1,1\"\n");
}

TEST_F(SweepTest, ASecondRunnerOnTheSameDatabaseIsRefusedWithTheFirstOnesProcess) {
  ChildProcess first(runner_.request({"sweep", experiment_, "train.epochs=4000", "samples.every=1", "--jobs", "1"}));
  ASSERT_TRUE(read_until(first, "epoch 1,"));
  const CapturedRun second = runner_.run({"sweep", experiment_});
  EXPECT_EQ(second.status.code, 3);
  EXPECT_THAT(second.errors, HasSubstr(std::to_string(first.pid())));
  const CapturedRun reader = runner_.run({"list"});
  EXPECT_EQ(reader.status.code, 0) << reader.errors;
}

TEST_F(SweepTest, ATimeoutEndsTheTrialWithItsReason) {
  const CapturedRun run = runner_.run(
      {"sweep", experiment_, "train.epochs=1000000", "run.timeout=1s", "run.max_failures=1", "--jobs", "1"});
  EXPECT_EQ(run.status.code, 1);
  EXPECT_THAT(runner_.query("SELECT error FROM trials WHERE number = 1"), HasSubstr("run.timeout"));
  EXPECT_EQ(runner_.query("SELECT outcome FROM attempts"), "timeout\n");
}

TEST_F(SweepTest, ResumeNeedsNoFile) {
  runner_.run({"sweep", experiment_, "train.optimizer.lr=1e38", "train.optimizer.name=sgd", "train.clip_norm=0",
               "run.on_failure=stop", "--jobs", "1"});
  fs::remove(experiment_);
  const CapturedRun run = runner_.run({"resume", "run.on_failure=continue"});
  EXPECT_EQ(run.status.code, 2);  // resume takes a sweep, not overrides
  EXPECT_EQ(runner_.run({"resume", "--jobs", "1"}).status.code, 1);
  EXPECT_EQ(runner_.query("SELECT count(*) FROM trials WHERE status = 'waiting'"), "2\n");
}

TEST_F(SweepTest, AHangUpThatIsIgnoredDoesNotEndASweep) {
  SpawnRequest request = runner_.request({"sweep", experiment_, "train.epochs=200", "samples.every=1", "--jobs", "1"});
  request.argv.insert(request.argv.begin(), {"/bin/sh", "-c", "trap '' HUP; exec \"$0\" \"$@\""});
  ChildProcess program(request);
  ASSERT_TRUE(read_until(program, "epoch 1,"));
  program.kill(SIGHUP);
  std::string rest;
  while (read_available(program.stderr_pipe().get(), rest)) {
  }
  EXPECT_EQ(program.wait().code, 0) << rest;
  EXPECT_EQ(runner_.query("SELECT count(*) FROM trials WHERE status = 'completed'"), "4\n");
}

// The parent of a process, by /proc.
pid_t parent_of(const std::string& pid) {
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("PPid:", 0) == 0) return std::stoi(line.substr(5));
  }
  return 0;
}

TEST_F(SweepTest, AWorkerHostThatIsStuckCannotKeepTheRunnerFromEnding) {
  ChildProcess program(
      runner_.request({"sweep", experiment_, "train.epochs=100000", "samples.every=1", "--jobs", "1"}));
  ASSERT_TRUE(read_until(program, "epoch 1,"));
  const pid_t host = parent_of(std::to_string(std::stoi(runner_.query("SELECT pid FROM attempts"))));
  ASSERT_EQ(parent_of(std::to_string(host)), program.pid());
  kill(host, SIGSTOP);
  program.kill(SIGTERM);
  ASSERT_TRUE(read_until(program, "stopping; once more to stop at once"));
  program.kill(SIGTERM);
  EXPECT_EQ(program.wait().code, 143);
  EXPECT_EQ(runner_.query("SELECT status FROM trials WHERE number = 1"), "interrupted\n");
}

// Of a runner that has just begun. Not before it has become the worker: its parent waits for that.
pid_t loading_host(const ChildProcess& program) {
  const std::string pid = std::to_string(program.pid());
  pid_t host = 0;
  const auto is_worker = [&] {
    std::error_code gone;
    return host != 0 && fs::read_symlink("/proc/" + std::to_string(host) + "/exe", gone).filename() == "worker";
  };
  std::error_code gone;
  while (!is_worker() && !fs::read_symlink("/proc/" + pid + "/exe", gone).empty()) {
    std::ifstream("/proc/" + pid + "/task/" + pid + "/children") >> host;
  }
  EXPECT_TRUE(is_worker()) << "the runner has ended";
  return host;
}

// SIGSTOP while it loads LibTorch: it never gets ready. (One that is ready already ends the same way.)
TEST_F(SweepTest, AWorkerHostThatHangsAtItsStartIsNoMoreInTheWay) {
  ChildProcess program(runner_.request({"sweep", experiment_, "--jobs", "1"}));
  kill(loading_host(program), SIGSTOP);
  program.kill(SIGINT);
  EXPECT_EQ(program.wait().code, 130);
}

TEST_F(SweepTest, AWorkerHostThatIsKilledAtItsStartIsReplaced) {
  ChildProcess program(runner_.request({"sweep", experiment_, "sweep.seeds=[1]", "train.epochs=1", "--jobs", "2"}));
  kill(loading_host(program), SIGKILL);
  std::string rest;
  while (read_available(program.stderr_pipe().get(), rest)) {
  }
  EXPECT_EQ(program.wait().code, 0) << rest;
}

// SIGKILL while it loads LibTorch, as the kernel's search for memory may choose it. (One that is ready already is
// replaced the same way.)
TEST_F(SweepTest, AReplacedWorkerHostThatDiesAtItsStartIsReplacedAgain) {
  ChildProcess program(
      runner_.request({"sweep", experiment_, "train.epochs=400", "samples.every=1", "sweep.seeds=[1]", "--jobs", "1"}));
  ASSERT_TRUE(read_until(program, "epoch 1,"));
  const std::string pid = std::to_string(program.pid());
  const pid_t first = parent_of(std::to_string(std::stoi(runner_.query("SELECT pid FROM attempts"))));
  kill(first, SIGKILL);
  pid_t second = first;
  std::error_code gone;
  while (second == first && !fs::read_symlink("/proc/" + pid + "/exe", gone).empty()) {
    std::ifstream("/proc/" + pid + "/task/" + pid + "/children") >> second;
  }
  if (second != first) kill(second, SIGKILL);
  std::string rest;
  while (read_available(program.stderr_pipe().get(), rest)) {
  }
  EXPECT_EQ(program.wait().code, 0) << rest;
  EXPECT_EQ(runner_.query("SELECT count(*) FROM trials WHERE status = 'completed'"), "2\n") << rest;
}

// As a batch system does that ends a job.
TEST_F(SweepTest, ASignalToAllProcessesSavesWhatWasTrained) {
  const std::vector<std::string> words = {
      "sweep", experiment_, "train.epochs=400", "samples.every=1", "sweep.seeds=[1]", "--jobs", "1"};
  {
    ChildProcess program(runner_.request(words));
    ASSERT_TRUE(read_until(program, "epoch 3,"));
    const pid_t trial = std::stoi(runner_.query("SELECT pid FROM attempts")), host = parent_of(std::to_string(trial));
    for (const pid_t pid : {trial, host, program.pid()}) kill(pid, SIGTERM);
    EXPECT_EQ(program.wait().code, 143);
  }
  EXPECT_EQ(runner_.query("SELECT DISTINCT outcome FROM attempts"), "interrupted\n");
  const CapturedRun run = runner_.run(words);
  EXPECT_EQ(run.status.code, 0) << run.errors;
  EXPECT_GE(std::stoi(runner_.query("SELECT max(from_epoch) FROM attempts")), 3);
}

TEST_F(SweepTest, ATrialWhoseHostSomebodyElseStopsGoesOn) {
  ChildProcess program(
      runner_.request({"sweep", experiment_, "train.epochs=400", "samples.every=1", "sweep.seeds=[1]", "--jobs", "1"}));
  ASSERT_TRUE(read_until(program, "epoch 1,"));
  const pid_t host = parent_of(std::to_string(std::stoi(runner_.query("SELECT pid FROM attempts"))));
  for (const char* attempt : {"attempt 2", "attempt 3"}) {
    kill(host, SIGTERM);
    ASSERT_TRUE(read_until(program, attempt));
  }
  std::string rest;
  while (read_available(program.stderr_pipe().get(), rest)) {
  }
  EXPECT_EQ(program.wait().code, 0) << rest;
  EXPECT_EQ(runner_.query("SELECT group_concat(outcome) FROM (SELECT outcome FROM attempts ORDER BY started_at)"),
            "\"interrupted,interrupted,completed,completed\"\n");
}

TEST_F(SweepTest, ATrialThatSomebodyElseStopsGoesOn) {
  ChildProcess program(
      runner_.request({"sweep", experiment_, "train.epochs=400", "samples.every=1", "sweep.seeds=[1]", "--jobs", "1"}));
  ASSERT_TRUE(read_until(program, "epoch 1,"));
  kill(std::stoi(runner_.query("SELECT pid FROM attempts")), SIGTERM);
  std::string rest;
  while (read_available(program.stderr_pipe().get(), rest)) {
  }
  EXPECT_EQ(program.wait().code, 0) << rest;
  EXPECT_THAT(rest, HasSubstr("somebody else asked its worker to stop (SIGTERM)"));
  EXPECT_EQ(runner_.query("SELECT group_concat(outcome) FROM (SELECT outcome FROM attempts ORDER BY started_at)"),
            "\"interrupted,completed,completed\"\n");
}

// As a batch system suspends a job, or a container is paused. What is waited for here is that time passes.
TEST_F(SweepTest, TimeInWhichAllOfASweepWasSuspendedIsNoSilence) {
  ChildProcess program(runner_.request({"sweep", experiment_, "train.epochs=400", "samples.every=1", "sweep.seeds=[1]",
                                        "run.hang_timeout=3s", "--jobs", "1"}));
  ASSERT_TRUE(read_until(program, "epoch 1,"));
  const pid_t trial = std::stoi(runner_.query("SELECT pid FROM attempts"));
  const std::array<pid_t, 3> all = {program.pid(), parent_of(std::to_string(trial)), trial};
  for (const pid_t pid : all) kill(pid, SIGSTOP);
  std::this_thread::sleep_for(std::chrono::seconds(5));
  for (const pid_t pid : all) kill(pid, SIGCONT);
  std::string rest;
  while (read_available(program.stderr_pipe().get(), rest)) {
  }
  EXPECT_EQ(program.wait().code, 0) << rest;
  EXPECT_EQ(runner_.query("SELECT group_concat(outcome) FROM attempts"), "\"completed,completed\"\n");
}

// The line of a process in /proc that says on which cores it may run.
std::string allowed_cores(const std::string& pid) {
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("Cpus_allowed_list:", 0) == 0) return line;
  }
  return "";
}

TEST_F(SweepTest, WorkersAreTiedToNoCoreWhateverTheEnvironmentSays) {
  const std::vector<std::pair<std::string, std::string>> bindings = {
      {"OMP_PLACES", "{0}"}, {"GOMP_CPU_AFFINITY", "0"}, {"OMP_PROC_BIND", "true"}};
  for (const auto& binding : bindings) {
    SpawnRequest request =
        runner_.request({"sweep", experiment_, "train.epochs=100000", "samples.every=1", "--jobs", "1", "--fresh"});
    request.environment.push_back(binding);
    ChildProcess program(request);
    ASSERT_TRUE(read_until(program, "epoch 1,"));
    const std::string pid = runner_.query("SELECT pid FROM attempts ORDER BY started_at DESC LIMIT 1");
    EXPECT_EQ(allowed_cores(std::to_string(std::stoi(pid))), allowed_cores("self")) << binding.first;
  }
}

TEST_F(SweepTest, TrialsThatWantMoreCoresThanThereAreAreWarnedOf) {
  const std::string threads = std::to_string(cores().usable() + 1);
  const CapturedRun run = runner_.run({"sweep", experiment_, "run.threads_per_trial=" + threads, "train.epochs=1"});
  EXPECT_EQ(run.status.code, 0) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("trials at once: 1, threads each: " + threads));
}

TEST_F(SweepTest, OptionsAndOverridesMayStandInAnyOrder) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"sweep", "--plugin-path", "nowhere", experiment_, "sweep.seeds=[7]", "--dry-run"},
        std::vector<std::string>{"sweep", experiment_, "--plugin-path", "nowhere", "sweep.seeds=[7]", "--dry-run"}}) {
    const CapturedRun run = runner_.run(words);
    EXPECT_EQ(run.status.code, 0) << run.errors;
    EXPECT_THAT(run.output, HasSubstr("7"));
  }
}

TEST_F(SweepTest, SaysWhatItHeldBackAndWhy) {
  const CapturedRun run = runner_.run({"sweep", experiment_, "train.optimizer.lr=1e38", "train.optimizer.name=sgd",
                                       "train.clip_norm=0", "run.on_failure=stop", "--jobs", "1"});
  EXPECT_EQ(run.status.code, 1);
  EXPECT_THAT(run.errors, HasSubstr("run.on_failure: stop: 3 trials were not started"));
}

TEST_F(SweepTest, ATerminalSeesEveryRunningTrialAndTheSweep) {
  SpawnRequest request = runner_.request({});
  const std::string command = request.argv[0] + " sweep " + experiment_ + " train.epochs=40";
  request.argv = {"/usr/bin/script", "-qec", command, "/dev/null"};
  for (auto& [name, value] : request.environment) {
    if (name == "TERM") value = "xterm";
  }
  const CapturedRun run = run_and_capture(request);
  EXPECT_EQ(run.status.code, 0);
  for (const char* part : {"tokens/s", "small: 0 of 4 done", "\x1b[J"}) {
    EXPECT_NE(run.output.find(part), std::string::npos) << part;
  }
}

TEST_F(SweepTest, AskingForCudaWhereThereIsNoneSaysSo) {
  if (fs::exists("/dev/nvidia0")) return;  // the request is served there
  const CapturedRun run = runner_.run({"sweep", experiment_, "train.device=cuda"});
  EXPECT_EQ(run.status.code, 2);
  EXPECT_THAT(run.errors,
              HasSubstr("command line: train.device: device cuda is asked for, but this machine has no CUDA"));
}

}  // namespace
}  // namespace runner::testing
