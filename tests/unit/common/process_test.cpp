#include "common/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include "common/error.h"

namespace runner {
namespace {

TEST(RunAndCapture, KeepsOutputErrorsAndExitCodeApart) {
  const CapturedRun run = run_and_capture({{"/bin/sh", "-c", "echo out; echo err >&2; exit 3"}, {}});
  EXPECT_EQ(run.output, "out\n");
  EXPECT_EQ(run.errors, "err\n");
  EXPECT_EQ(run.status.code, 3);
  EXPECT_FALSE(run.status.succeeded());
}

TEST(RunAndCapture, TakesMoreThanAPipeHolds) {
  const CapturedRun run =
      run_and_capture({{"/bin/sh", "-c", "head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2"}, {}});
  EXPECT_EQ(run.output.size(), 1000000u);
  EXPECT_EQ(run.errors.size(), 1000000u);
}

TEST(RunAndCapture, AddsToTheEnvironment) {
  setenv("RUNNER_TEST_KEPT", "kept", 1);
  setenv("RUNNER_TEST_REPLACED", "before", 1);
  const CapturedRun run = run_and_capture(
      {{"/bin/sh", "-c", "echo $RUNNER_TEST_KEPT $RUNNER_TEST_REPLACED"}, {{"RUNNER_TEST_REPLACED", "after"}}});
  EXPECT_EQ(run.output, "kept after\n");
}

TEST(RunAndCapture, TellsWhoseChildItIs) {
  setenv(kParentVariable, "1", 1);  // as it was told ourselves
  const CapturedRun run = run_and_capture({{"/bin/sh", "-c", "echo $RUNNER_PARENT"}, {}});
  unsetenv(kParentVariable);
  EXPECT_EQ(run.output, std::to_string(getpid()) + "\n");
}

TEST(RunAndCapture, EndsWhatTakesTooLongWithAllThatItStarted) {
  const CapturedRun run =
      run_and_capture({{"/bin/sh", "-c", "sleep 1000 & echo waiting; wait"}, {}, true}, Duration{0.2});
  EXPECT_TRUE(run.took_too_long);
  EXPECT_EQ(run.status.signal, SIGKILL);
  EXPECT_EQ(run.output, "waiting\n");
}

TEST(RunAndCapture, DoesNotWaitForOthersThatHoldTheOutput) {
  const CapturedRun run = run_and_capture({{"/bin/sh", "-c", "sleep 1000 & echo left"}, {}, true}, Duration{0.2});
  EXPECT_TRUE(run.took_too_long);
  EXPECT_EQ(run.output, "left\n");
}

TEST(RunAndCapture, EndsWhatHasClosedItsOutput) {
  for (const bool own_group : {false, true}) {
    const CapturedRun run = run_and_capture(
        {{"/bin/sh", "-c", "echo closed; exec >&- 2>&-; exec sleep 1000"}, {}, own_group}, Duration{0.2});
    EXPECT_TRUE(run.took_too_long);
    EXPECT_EQ(run.status.signal, SIGKILL);
    EXPECT_EQ(run.output, "closed\n");
  }
}

TEST(RunAndCapture, WaitsForWhatHasClosedItsOutput) {
  const CapturedRun run = run_and_capture({{"/bin/sh", "-c", "exec >&- 2>&-; sleep 0.1; exit 3"}, {}}, Duration{600});
  EXPECT_FALSE(run.took_too_long);
  EXPECT_EQ(run.status.code, 3);
}

TEST(RunAndCapture, KeepsTheEndOfVeryMuch) {
  const CapturedRun run = run_and_capture({{"/bin/sh", "-c", "head -c 140000000 /dev/zero; echo end"}, {}});
  EXPECT_LT(run.output.size(), 100u << 20);
  EXPECT_EQ(run.output.substr(run.output.size() - 4), "end\n");
}

TEST(ResultApart, IsWhatTheWorkReturns) {
  EXPECT_EQ(result_apart([] { return std::string(100'000, 'x'); }, {}), std::string(100'000, 'x'));
  const pid_t here = getpid();
  EXPECT_EQ(result_apart([here] { return std::string(getpid() == here ? "here" : "apart"); }, {60}), "apart");
}

TEST(ResultApart, IsNothingWhenTheWorkComesToNoEnd) {
  const auto hang = []() -> std::string {
    for (;;) pause();
  };
  EXPECT_EQ(result_apart(hang, {1e-3}), std::nullopt);
  EXPECT_EQ(result_apart([]() -> std::string { throw std::runtime_error("no result"); }, {}), std::nullopt);
  EXPECT_EQ(result_apart([]() -> std::string { return kill(getpid(), SIGKILL), "not reached"; }, {}), std::nullopt);
}

TEST(ChildProcess, SaysWhichSignalEndedIt) {
  ChildProcess child({{"/bin/sh", "-c", "kill -SEGV $$"}, {}});
  EXPECT_EQ(child.wait().signal, SIGSEGV);
  EXPECT_EQ(describe_signal(SIGSEGV), "SIGSEGV (segmentation fault)");
}

TEST(ChildProcess, StartsWithNoSignalBlocked) {
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  const CapturedRun run = run_and_capture({{"/bin/sh", "-c", "grep SigBlk /proc/self/status"}, {}});
  sigprocmask(SIG_SETMASK, &before, nullptr);
  EXPECT_THAT(run.output, ::testing::HasSubstr("0000000000000000"));
}

TEST(ChildProcess, LeavesNobodyBehind) {
  pid_t pid = 0;
  {
    ChildProcess child({{"/bin/sleep", "1000"}, {}});
    pid = child.pid();
  }
  EXPECT_EQ(kill(pid, 0), -1);
}

TEST(ChildProcess, IsKilledAfterItLeftItsGroup) {
  ChildProcess child({{LEAVES_GROUP}, {}, true});
  std::string said;
  while (read_available(child.stdout_pipe().get(), said) && said != "left\n") continue;
  ASSERT_EQ(said, "left\n");
  ASSERT_EQ(getpgid(child.pid()), getpgrp());
  child.kill(SIGKILL);
  EXPECT_EQ(child.wait().signal, SIGKILL);
}

TEST(ChildProcess, AProgramThatIsNotThereIsAnError) {
  EXPECT_THROW(ChildProcess({{"/nonexistent/program"}, {}}), EnvironmentError);
}

TEST(WriteAvailable, LeavesWhatAPipeDoesNotTake) {
  ChildProcess reader({{"/bin/cat"}, {}});
  fcntl(reader.stdin_pipe().get(), F_SETFL, O_NONBLOCK);
  reader.kill(SIGSTOP);
  std::string waiting(1 << 20, 'x');
  EXPECT_TRUE(write_available(reader.stdin_pipe().get(), waiting));
  EXPECT_GT(waiting.size(), 0u);
  EXPECT_LT(waiting.size(), 1u << 20);
  reader.kill(SIGKILL);
  reader.wait();
  signal(SIGPIPE, SIG_IGN);
  EXPECT_FALSE(write_available(reader.stdin_pipe().get(), waiting));
  signal(SIGPIPE, SIG_DFL);
}

TEST(TakeLine, WaitsForTheNewline) {
  std::string buffer = "one\ntw", line;
  EXPECT_TRUE(take_line(buffer, line));
  EXPECT_EQ(line, "one");
  EXPECT_FALSE(take_line(buffer, line));
  buffer += "o\n";
  EXPECT_TRUE(take_line(buffer, line));
  EXPECT_EQ(line, "two");
}

}  // namespace
}  // namespace runner
