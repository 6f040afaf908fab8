// Processes that die, disks that fill up.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "control/store/lock.h"
#include "results.h"

namespace runner::testing {
namespace {

using store::Cell;
using store::TrialStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Runs `work`, which ends with raise(SIGKILL), in a child.
template <typename Work>
void die_in(const Work& work) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      work();
    } catch (...) {
    }
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed before it was killed";
}

// Runs `work` in a child and returns whether it came to its end.
template <typename Work>
bool succeeds_in_child(const Work& work) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      _exit(work() ? 0 : 1);
    } catch (...) {
    }
    _exit(2);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

class Recovery : public ::testing::Test {
 protected:
  store::Table query(const std::string& sql) { return store::Reader(file).query(sql); }

  void die_in_the_second_trial() {
    die_in([&] {
      store::Store store(file);
      const store::SweepState sweep = store.create_sweep(depth_sweep());
      store.start_sweep(sweep.sweep_id, "name: depth\n", Json::object());
      complete(store, 1, 10);
      store.start_attempt(2, "atlas", 4713);
      add_epochs(store, 2, 7);
      store.flush();
      add_epochs(store, 2, 9);
      raise(SIGKILL);
    });
  }

  TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "results.db";
};

TEST_F(Recovery, AKilledRunnerLeavesADatabaseThatCanBeReadAndWritten) {
  die_in_the_second_trial();
  EXPECT_FALSE(store::has_writer(file));
  EXPECT_EQ(text(query("SELECT status FROM trials WHERE trial_id = 2").rows[0][0]), "running");
  store::Store store(file);
  EXPECT_TRUE(store::has_writer(file));
  const auto sweep = store.find_unfinished_sweep("depth");
  ASSERT_TRUE(sweep);
  EXPECT_EQ(sweep->trials[0].status, TrialStatus::completed);
  EXPECT_EQ(sweep->trials[2].status, TrialStatus::waiting);
  EXPECT_EQ(text(query("PRAGMA integrity_check").rows[0][0]), "ok");
}

TEST_F(Recovery, WhatADeadRunnerLeftRunningIsInterrupted) {
  die_in_the_second_trial();
  store::Store store(file);
  EXPECT_EQ(text(query("SELECT status FROM sweeps").rows[0][0]), "interrupted");
  store.start_sweep(1, "name: depth\n", Json::object());
  EXPECT_THAT(query("SELECT status, epochs_done, seconds FROM trials WHERE trial_id = 2").rows[0],
              ElementsAre(Cell("interrupted"), Cell(int64_t{7}), Cell(3.5)));
  EXPECT_THAT(query("SELECT outcome, ended_at FROM attempts WHERE trial_id = 2").rows[0],
              ElementsAre(Cell("interrupted"), Cell()));
  EXPECT_EQ(store.start_attempt(2, "atlas", 4714), 2);
}

TEST_F(Recovery, AnotherProcessIsRefusedWhileTheFirstOneLives) {
  store::Store store(file);
  const std::string owner = "process " + std::to_string(getpid());
  EXPECT_TRUE(succeeds_in_child([&] {
    const std::string message = message_of<EnvironmentError>([&] { store::Store second(file); });
    return message.find(owner) != std::string::npos;
  }));
}

TEST_F(Recovery, StateChangesSurviveADeathWithoutAFlush) {
  die_in([&] {
    store::Store store(file);
    store.create_sweep(depth_sweep());
    store.start_attempt(1, "atlas", 1);
    store.add_metrics(1, 1, {{"perplexity", 2.0}});
    store.end_trial(1, TrialStatus::completed, "", {"completed", 0, ""});
    raise(SIGKILL);
  });
  EXPECT_THAT(query("SELECT status, best_metric FROM trials WHERE trial_id = 1").rows[0],
              ElementsAre(Cell("completed"), Cell(2.0)));
}

// A limit on the size of files stands for a full disk.
TEST_F(Recovery, AFullDiskIsAnErrorAndNothingCollectedIsLost) {
  EXPECT_TRUE(succeeds_in_child([&] {
    store::Store store(file);
    store.create_sweep(depth_sweep());
    store.start_attempt(1, "atlas", 1);
    signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    const rlimit small{4096, limit.rlim_max};
    add_epochs(store, 1, 500);
    setrlimit(RLIMIT_FSIZE, &small);
    const std::string message = message_of<EnvironmentError>([&] { store.flush(); });
    setrlimit(RLIMIT_FSIZE, &limit);
    store.flush();
    return message.find(file.string()) != std::string::npos;
  }));
  EXPECT_EQ(integer(query("SELECT count(*) FROM metrics").rows[0][0]), 2000);
}

}  // namespace
}  // namespace runner::testing
