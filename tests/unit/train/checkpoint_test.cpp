// A trial that was interrupted goes on from its checkpoint and ends as if nothing had happened.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <runner/isa.h>
#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <random>

#include "unit/recorded_syncs.h"
#include "unit/train/interrupted_trial.h"

namespace runner::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(Checkpoints, ATrialStoppedAtAnyMomentEndsAsAnUndisturbedOne) {
  const Json expected = outcome(run_to_the_end());
  int64_t look = 1;
  for (bool stopped = true; stopped; ++look) {
    forget();
    stopped = !run_until(StopAt(look)).of("stopped").empty();
    const auto events = run_to_the_end();
    ASSERT_EQ(outcome(events), expected) << "stopped at look " << look;
    ASSERT_THAT(events.of("warning"), IsEmpty()) << "no checkpoint was passed over";
  }
  EXPECT_GT(look, 30);  // 9 steps, 6 of evaluation, 24 or more of sampling
}

TEST_F(Checkpoints, ATrialStoppedAgainAndAgainEndsAsAnUndisturbedOne) {
  const Json expected = outcome(run_to_the_end());
  forget();
  while (!run_until(StopAt(20)).of("stopped").empty()) continue;
  EXPECT_EQ(outcome(run_to_the_end()), expected);
}

TEST_F(Checkpoints, ResumingWorksWithEveryOptimizer) {
  for (const Json& optimizer :
       {Json{{"name", "sgd"}, {"lr", 0.1}, {"momentum", 0.9}}, Json{{"name", "sgd"}, {"lr", 0.1}},
        Json{{"name", "rmsprop"}, {"lr", 0.01}, {"momentum", 0.5}}, Json{{"name", "adamw"}, {"lr", 0.01}}}) {
    job_.train["optimizer"] = optimizer;
    forget();
    const Json expected = outcome(run_to_the_end());
    forget();
    ASSERT_FALSE(run_until(StopAt(5)).of("stopped").empty());
    EXPECT_EQ(outcome(run_to_the_end()), expected) << optimizer;
  }
}

TEST_F(Checkpoints, WhatScheduleAndEarlyStoppingHaveHeardIsHeardAgain) {
  job_.train["epochs"] = 12;
  job_.train["optimizer"]["lr"] = 0.5;
  job_.train["schedule"] = {{"name", "halve_on_plateau"}, {"metric", "valid_perplexity"}};
  job_.train["early_stopping"] = {{"metric", "valid_perplexity"}, {"patience", 4}};
  job_.samples["prefixes"] = Json::array();
  const auto undisturbed = run_to_the_end();
  ASSERT_LT(undisturbed.of("epoch").size(), 12u);
  std::set<double> rates;
  for (const double rate : undisturbed.metric("learning_rate")) rates.insert(rate);
  ASSERT_GT(rates.size(), 1u);
  forget();
  while (!run_until(StopAt(8)).of("stopped").empty()) continue;
  EXPECT_EQ(outcome(run_to_the_end()), outcome(undisturbed));
}

TEST_F(Checkpoints, SayWhereTheTrialGoesOn) {
  ASSERT_FALSE(run_until(StopAt(3)).of("stopped").empty());
  const auto events = run_to_the_end();
  EXPECT_EQ(events.of("started")[0].at("resumed"), (Json{{"epoch", 1}, {"batch", 2}}));
  forget();
  EXPECT_FALSE(run_to_the_end().of("started")[0].contains("resumed"));
}

// Its texts are long.
class Novelist : public HandDataset {
 public:
  using HandDataset::HandDataset;
  std::string decode(const std::vector<int64_t>& tokens) const override {
    return HandDataset::decode(tokens) + (tokens.size() > 2 ? std::string(35 << 20, 'x') : "");
  }
};

TEST_F(Checkpoints, MayHoldMoreThanALineOfTheProtocol) {
  job_.train["checkpoint"]["keep_latest"] = 1;
  const FunctionDatasetFactory data([](const DatasetContext&) { return std::make_unique<Novelist>(small_data()); });
  const auto run_up_to = [&](const std::string& type, int64_t epoch) {
    RecordedEvents events;
    SwitchedStop stop;
    events.on_event = [&](const RecordedEvents::Event& event) {
      stop.on |= event.type == type && event.body.value("epoch", int64_t{0}) == epoch;
    };
    worker::train(job_, data, model_factory<Lstm>(), events, stop);
    return events;
  };
  const auto told = run_up_to("checkpoint", 2);
  const auto recalled = run_up_to("started", 0).of("recalled");
  ASSERT_EQ(recalled.size(), 3u) << "an epoch and two samples";
  size_t bytes = 0;
  for (const Json& event : recalled) {
    const std::string line = protocol::event_line("recalled", event);
    EXPECT_LT(line.size(), protocol::kLongestLine);
    bytes += line.size();
  }
  EXPECT_GT(bytes, protocol::kLongestLine);
  EXPECT_TRUE(recalled[2].at("event").at("text") == told.of("sample").at(1).at("text")) << "too long to be printed";
}

// A trial syncs its own folder at its end, with its weights; until then, who makes a folder in it does.
TEST_F(Checkpoints, LieInAFolderWhoseNameIsOnTheDisk) {
  ASSERT_FALSE(run_until(StopAt(3)).of("stopped").empty());
  EXPECT_EQ(testing::recorded_syncs().count(fs::canonical(job_.folder)), 1u);
}

TEST_F(Checkpoints, LikeTheBestWeightsLieInAFolderWhoseNameIsOnTheDisk) {
  job_.train["checkpoint"] = {{"every", 0.0}, {"keep_best", 1}};
  RecordedEvents events;
  SwitchedStop stop;
  events.on_event = [&stop](const RecordedEvents::Event& event) { stop.on |= event.type == "epoch"; };
  worker::train(job_, factory_of(small_data()), model_factory<Lstm>(), events, stop);
  ASSERT_FALSE(events.of("stopped").empty());
  ASSERT_EQ(best_files(job_).size(), 1u);
  EXPECT_EQ(testing::recorded_syncs().count(fs::canonical(job_.folder)), 1u);
}

TEST_F(Checkpoints, OnlyTheLatestStay) {
  ASSERT_FALSE(run_until(StopAt(3)).of("stopped").empty());
  ASSERT_EQ(files().size(), 2u);
  EXPECT_EQ(files()[0].filename(), "000001-000001.safetensors");
  EXPECT_EQ(files()[1].filename(), "000001-000002.safetensors");
}

TEST_F(Checkpoints, NoneAreWrittenWhenNoneAreWanted) {
  job_.train["checkpoint"]["every"] = 0.0;
  ASSERT_FALSE(run_until(StopAt(3)).of("stopped").empty());
  EXPECT_FALSE(fs::exists(checkpoint_folder(job_.folder)));
}

void flip_a_bit(const fs::path& file, uint64_t seed) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  std::mt19937_64 random(seed);
  const auto at = static_cast<std::streamoff>(random() % fs::file_size(file));
  stream.seekg(at);
  const char byte = static_cast<char>(stream.get() ^ (1 << random() % 8));
  stream.seekp(at);
  stream.put(byte);
}

TEST_F(Checkpoints, OfADamagedOneTheOneBeforeIsUsed) {
  const Json expected = outcome(run_to_the_end());
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    forget();
    ASSERT_FALSE(run_until(StopAt(3)).of("stopped").empty());
    seed == 1 ? fs::resize_file(files()[1], 100) : flip_a_bit(files()[1], seed);
    const auto events = run_to_the_end();
    ASSERT_EQ(events.of("warning").size(), 1u);
    EXPECT_THAT(events.of("warning")[0].at("message").get<std::string>(), HasSubstr("000001-000002.safetensors"));
    EXPECT_EQ(events.of("started")[0].at("resumed"), (Json{{"epoch", 1}, {"batch", 1}})) << "seed " << seed;
    EXPECT_EQ(outcome(events), expected);
  }
}

TEST_F(Checkpoints, WhenAllAreDamagedTrainingBeginsAnew) {
  const Json expected = outcome(run_to_the_end());
  forget();
  ASSERT_FALSE(run_until(StopAt(3)).of("stopped").empty());
  for (const fs::path& file : files()) fs::resize_file(file, 0);
  const auto events = run_to_the_end();
  EXPECT_EQ(events.of("warning").size(), 2u);
  EXPECT_EQ(outcome(events), expected);
}

TEST_F(Checkpoints, OfAnotherIdentityAreNotUsed) {
  ASSERT_FALSE(run_until(StopAt(3)).of("stopped").empty());
  job_.identity["the configuration"] = "def";
  const auto events = run_to_the_end();
  EXPECT_FALSE(events.of("started")[0].contains("resumed"));
  EXPECT_THAT(events.of("warning")[0].at("message").get<std::string>(),
              HasSubstr("the configuration has changed since"));
}

TEST_F(Checkpoints, AreNotUsedWhereSumsCouldBeRoundedOtherwise) {
  ASSERT_FALSE(run_until(StopAt(3)).of("stopped").empty());
  job_.threads = 2;
  const auto events = run_to_the_end();
  EXPECT_FALSE(events.of("started")[0].contains("resumed"));
  EXPECT_THAT(events.of("warning")[0].at("message").get<std::string>(),
              HasSubstr("the number of threads has changed since"));
}

TEST_F(Checkpoints, OfAnotherInstructionSetAreNotUsed) {
  if (simd::best_isa() == simd::Isa::baseline) GTEST_SKIP() << "there is one instruction set";
  ASSERT_FALSE(run_until(StopAt(3)).of("stopped").empty());
  setenv("RUNNER_ISA", "baseline", 1);
  const auto events = run_to_the_end();
  unsetenv("RUNNER_ISA");
  EXPECT_FALSE(events.of("started")[0].contains("resumed"));
  EXPECT_THAT(events.of("warning")[0].at("message").get<std::string>(),
              HasSubstr("the instruction set (RUNNER_ISA) has changed since"));
}

TEST_F(Checkpoints, OfACourseThatWasGivenUpDoNotStandInTheWay) {
  ASSERT_FALSE(run_until(StopAt(30)).of("stopped").empty());
  job_.identity["the configuration"] = "def";
  const Json expected = outcome(run_to_the_end());
  forget();
  job_.identity["the configuration"] = "abc";
  ASSERT_FALSE(run_until(StopAt(30)).of("stopped").empty());
  job_.identity["the configuration"] = "def";
  ASSERT_FALSE(run_until(StopAt(3)).of("stopped").empty());
  const auto events = run_to_the_end();
  EXPECT_EQ(events.of("started")[0].at("resumed"), (Json{{"epoch", 1}, {"batch", 2}}));
  EXPECT_EQ(outcome(events), expected);
}

TEST_F(Checkpoints, ADiskThatDoesNotTakeThemIsWarnedOfOnce) {
  std::ofstream(checkpoint_folder(job_.folder)) << "a file where the folder should be";
  const auto events = run_to_the_end();
  EXPECT_EQ(events.of("finished").size(), 1u);
  ASSERT_EQ(events.of("warning").size(), 1u);
  EXPECT_THAT(events.of("warning")[0].at("message").get<std::string>(), HasSubstr("goes on without a checkpoint"));
}

TEST_F(Checkpoints, WhatAKilledProcessDidNotFinishIsRemoved) {
  ASSERT_FALSE(run_until(StopAt(3)).of("stopped").empty());
  const fs::path unfinished = files()[1].string() + ".new-a1B2c3";
  std::ofstream(unfinished) << "half";
  ASSERT_FALSE(run_until(StopAt(1)).of("stopped").empty());
  EXPECT_FALSE(fs::exists(unfinished));
}

// The epochs with the smallest values of the metric.
std::vector<std::string> expected_best(const RecordedEvents& events, size_t keep) {
  std::vector<std::pair<double, int64_t>> ranked;
  for (const Json& epoch : outcome(events)) {
    if (epoch.at("type") == "epoch") ranked.emplace_back(epoch["metrics"]["valid_perplexity"], epoch["epoch"]);
  }
  std::sort(ranked.begin(), ranked.end());
  std::set<std::string> names;
  for (size_t i = 0; i < keep; ++i) names.insert("epoch-" + std::to_string(ranked[i].second) + ".safetensors");
  return {names.begin(), names.end()};
}

TEST_F(Checkpoints, TheBestEpochsLeaveTheirWeightsAlsoAfterInterruptions) {
  job_.train["epochs"] = 8;
  job_.train["optimizer"]["lr"] = 0.1;
  job_.train["checkpoint"]["keep_best"] = 2;
  const auto undisturbed = run_to_the_end();
  const auto expected = expected_best(undisturbed, 2);
  EXPECT_EQ(best_files(job_), expected);
  forget();
  while (!run_until(StopAt(20)).of("stopped").empty()) continue;
  EXPECT_EQ(best_files(job_), expected);
}

}  // namespace
}  // namespace runner::test
