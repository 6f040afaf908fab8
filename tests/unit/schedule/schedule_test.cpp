#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "control/schedule/devices.h"
#include "control/schedule/scheduler.h"
#include "control/schedule/trial_log.h"

namespace runner::schedule {
namespace {

using ::testing::HasSubstr;

TEST(Devices, AutoTakesCudaWhereThereIsSome) {
  EXPECT_EQ(Devices().lease("auto"), "cpu");
  Devices devices({"first", "second"});
  EXPECT_EQ(devices.lease("auto"), "cuda:0");
  EXPECT_EQ(devices.lease("cuda"), "cuda:1");
  devices.give_back("cuda:1");
  EXPECT_EQ(devices.lease("auto"), "cuda:1");
  EXPECT_EQ(devices.lease("cuda:0"), "cuda:0");
}

TEST(Devices, KnowsWhichRequestsCanHaveADeviceToThemselves) {
  EXPECT_TRUE(Devices().has_free("auto"));
  Devices devices({"first", "second"});
  devices.lease("cuda:1");
  EXPECT_TRUE(devices.has_free("auto"));
  EXPECT_FALSE(devices.has_free("cuda:1"));
  devices.lease("auto");
  EXPECT_FALSE(devices.has_free("auto"));
  EXPECT_FALSE(devices.has_free("cuda"));
  EXPECT_TRUE(devices.has_free("cpu"));
  devices.give_back("cuda:0");
  EXPECT_TRUE(devices.has_free("cuda"));
}

TEST(Devices, AreLeasedEvenly) {
  Devices devices({"first", "second", "third"});
  std::map<std::string, int> leases;
  for (int i = 0; i < 9; ++i) ++leases[devices.lease("auto")];
  EXPECT_EQ(leases, (std::map<std::string, int>{{"cuda:0", 3}, {"cuda:1", 3}, {"cuda:2", 3}}));
  devices.give_back("cuda:1");
  devices.give_back("cuda:2");
  devices.give_back("cuda:2");
  EXPECT_EQ(devices.lease("cuda"), "cuda:2");
}

TEST(Devices, SaysWhatIsMissing) {
  EXPECT_EQ(Devices().problem("auto"), "");
  EXPECT_THAT(Devices().problem("cuda"), HasSubstr("no CUDA device"));
  EXPECT_THAT(Devices({"one"}).problem("cuda:3"), HasSubstr("cuda:0 to cuda:0"));
}

TEST(PoolSettings, LeavesEachTrialItsThreads) {
  sweep::RunOptions run;
  run.max_concurrent_trials = 3;
  EXPECT_EQ(pool_settings(run, 10).slots, 3);
  EXPECT_EQ(pool_settings(run, 2).slots, 2);
  run.max_concurrent_trials = 0;
  run.threads_per_trial = 1 << 20;
  EXPECT_EQ(pool_settings(run, 10).slots, 1);
}

TEST(TailOfOutput, KeepsTheLastTwentyLines) {
  std::string output;
  for (int i = 1; i <= 30; ++i) output += "line " + std::to_string(i) + "\n";
  const std::string tail = tail_of_output(output);
  EXPECT_EQ(tail.substr(0, 8), "line 11\n");
  EXPECT_EQ(tail.substr(tail.size() - 7), "line 30");
  EXPECT_EQ(tail_of_output("one\n"), "one");
  EXPECT_EQ(tail_of_output(""), "");
}

TEST(TailOfOutput, IsValidUtf8WhateverAWorkerWrote) { EXPECT_EQ(tail_of_output("a\xff"), "a\xef\xbf\xbd"); }

TEST(TrialLog, KeepsOutputAndLinesApart) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "trial-log-test";
  {
    TrialLog log(folder, TrialLog::Start::anew);
    log.output("half a line");
    log.line("epoch 1");
  }
  std::stringstream text;
  text << std::ifstream(folder / "log.txt").rdbuf();
  EXPECT_THAT(text.str(), ::testing::ContainsRegex("^half a line\n[0-9:]+ epoch 1\n$"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace runner::schedule
