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

TEST(Devices, KnowsTheirModels) {
  Devices devices({"first", "second"});
  EXPECT_EQ(devices.model(devices.lease("cuda:1")), "second");
  EXPECT_EQ(devices.model(devices.lease("cpu")), "cpu");
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

TEST(Oversubscription, IsToldWithWhatToDo) {
  EXPECT_EQ(oversubscription({4, 2}, {8, 8, 0}), "");
  EXPECT_THAT(oversubscription({4, 2}, {8, 7, 0}),
              ::testing::AllOf(HasSubstr("trials at once: 4, threads each: 2, usable cores: 7"), HasSubstr("--jobs")));
}

std::string tail_of(std::string_view output) {
  OutputTail tail;
  tail.append(output);
  return tail.text();
}

TEST(OutputTail, KeepsTheLastTwentyLines) {
  std::string output;
  for (int i = 1; i <= 30; ++i) output += "line " + std::to_string(i) + "\n";
  const std::string tail = tail_of(output);
  EXPECT_EQ(tail.substr(0, 8), "line 11\n");
  EXPECT_EQ(tail.substr(tail.size() - 7), "line 30");
  EXPECT_EQ(tail_of("one\n"), "one");
  EXPECT_EQ(tail_of(""), "");
}

TEST(OutputTail, IsTheSameHoweverTheOutputComes) {
  std::string output;
  for (int i = 1; i <= 3000; ++i) output += std::to_string(i) + " ";
  OutputTail tail;
  for (const char c : output) tail.append({&c, 1});
  EXPECT_EQ(tail.text(), tail_of(output));
  EXPECT_EQ(tail.text().size(), 4096u);
}

TEST(OutputTail, IsValidUtf8WhateverAWorkerWrote) { EXPECT_EQ(tail_of("a\xff"), "a\xef\xbf\xbd"); }

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

TEST(TrialLog, OfAWorkerThatPrintsWithoutEndIsCutAndSaysSo) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "trial-log-cut-test";
  const std::string mebibyte = std::string((1 << 20) - 1, 'x') + "\n";
  {
    TrialLog log(folder, TrialLog::Start::anew);
    for (int i = 0; i < 70; ++i) log.output(mebibyte);
    log.output("the end");
    log.line("completed");
    EXPECT_EQ(log.output_tail().substr(log.output_tail().size() - 7), "the end");
  }
  EXPECT_LT(std::filesystem::file_size(folder / "log.txt"), (64u << 20) + 1000);
  std::ifstream file(folder / "log.txt");
  file.seekg(64 << 20);
  std::stringstream end;
  end << file.rdbuf();
  EXPECT_THAT(end.str(), ::testing::ContainsRegex("the log is cut here[^\n]*\n[0-9:]+ completed\n$"));
  { TrialLog(folder, TrialLog::Start::behind).output("more"); }
  EXPECT_LT(std::filesystem::file_size(folder / "log.txt"), (64u << 20) + 1000);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace runner::schedule
