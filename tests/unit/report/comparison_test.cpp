#include "control/report/comparison.h"

#include <gmock/gmock.h>

#include "compared_sweeps.h"

namespace runner::report {
namespace {

using ::testing::AllOf;
using testing::ArmResults;
using testing::cell_config;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::perplexities;
using testing::SweepResults;

const double kNaN = std::nan("");

class Comparing : public ::testing::Test {
 protected:
  int64_t add(const SweepResults& sweep) { return testing::add_sweep(store, sweep).sweep_id; }
  int64_t add(std::vector<ArmResults> arms) {
    SweepResults sweep;
    sweep.arms = std::move(arms);
    return add(sweep);
  }
  Comparison compared(const ComparisonRequest& request) {
    store::Reader reader(file);
    return compare(reader, request);
  }
  ComparisonTable table(const ComparisonRequest& request) {
    Comparison comparison = compared(request);
    EXPECT_EQ(comparison.tables.size(), 1u);
    return comparison.tables.at(0);
  }
  std::string refusal(const ComparisonRequest& request) {
    return testing::message_of<RequestError>([&] { compared(request); });
  }
  static std::vector<std::string> labels(const ComparisonTable& table) {
    std::vector<std::string> labels;
    for (const JudgedArm& arm : table.arms) labels.push_back(arm.arm.label);
    return labels;
  }
  static const JudgedArm& arm(const ComparisonTable& table, const std::string& label) {
    for (const JudgedArm& each : table.arms) {
      if (each.arm.label == label) return each;
    }
    throw std::out_of_range(label);
  }
  static std::string verdict(const ComparisonTable& table, const std::string& label) {
    return verdict_name(arm(table, label).judgement.verdict);
  }
  static std::string reason(const ComparisonTable& table, const std::string& label) {
    return arm(table, label).judgement.reason;
  }

  testing::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "results.db";
  store::Store store{file};
};

TEST_F(Comparing, ArmsWithTheBestInNatsPerToken) {
  const ComparisonTable found = table({{testing::add_cells(store)}, "", {}, ""});
  EXPECT_THAT(labels(found), ElementsAre("gru", "lstm", "rnn", "both ways"));
  EXPECT_EQ(found.baseline, 0u);
  EXPECT_EQ(found.baseline_choice, "the best mean");
  EXPECT_EQ(verdict(found, "gru"), "baseline");
  EXPECT_EQ(verdict(found, "lstm"), "not resolved");
  EXPECT_EQ(verdict(found, "rnn"), "worse");
  EXPECT_NEAR(*arm(found, "gru").summary.mean, 0.11, 1e-12);
  EXPECT_NEAR(*arm(found, "gru").summary.deviation, 0.01, 1e-12);
  EXPECT_NEAR(arm(found, "gru").summary.interval->high, 0.11 + 4.302653 * 0.01 / std::sqrt(3.0), 1e-6);
}

TEST_F(Comparing, SeedBySeedWithHolmsCorrection) {
  const ComparisonTable found = table({{testing::add_cells(store)}, "", {}, ""});
  // lstm - gru: 0.02, 0, -0.01; rnn - gru: 1.41, 1.39, 1.41
  const Judgement &lstm = arm(found, "lstm").judgement, &rnn = arm(found, "rnn").judgement;
  EXPECT_EQ(found.family, 2u);
  EXPECT_EQ(lstm.difference.count, 3u);
  EXPECT_NEAR(*lstm.difference.mean, 0.01 / 3, 1e-12);
  EXPECT_NEAR(*lstm.difference.deviation, 0.0152753, 1e-6);
  EXPECT_NEAR(*lstm.p, two_sided_p(0.01 / 3 / (0.0152753 / std::sqrt(3.0)), 2), 1e-5);
  EXPECT_DOUBLE_EQ(*lstm.holm, *lstm.p);
  EXPECT_NEAR(*rnn.difference.mean, 4.21 / 3, 1e-12);
  EXPECT_DOUBLE_EQ(*rnn.holm, 2 * *rnn.p);
}

// Alone each of the two passes, with p = 0.035; together they do not.
TEST_F(Comparing, TheCorrectionDecides) {
  const std::vector<double> far = {1.2, 1.4, 1.6};
  std::vector<ArmResults> arms = {{"a", cell_config("a"), perplexities({1.0, 1.1, 1.2}), {}},
                                  {"b", cell_config("b"), perplexities(far), {}}};
  const ComparisonTable alone = table({{add(arms)}, "", {}, ""});
  EXPECT_NEAR(*arm(alone, "b").judgement.p, 0.0351, 1e-4);
  EXPECT_EQ(verdict(alone, "b"), "worse");
  arms.push_back({"c", cell_config("c"), perplexities(far), {}});
  const ComparisonTable family = table({{add(arms)}, "", {}, ""});
  EXPECT_NEAR(*arm(family, "b").judgement.holm, 0.0702, 2e-4);
  EXPECT_EQ(verdict(family, "b"), "not resolved");
  EXPECT_EQ(reason(family, "b"), "") << "the numbers say it";
}

TEST_F(Comparing, WithANamedBaselineAnArmCanBeBetter) {
  const ComparisonTable found = table({{testing::add_cells(store)}, "", {}, "rnn"});
  EXPECT_EQ(found.baseline_choice, "as asked");
  EXPECT_EQ(verdict(found, "rnn"), "baseline");
  EXPECT_EQ(verdict(found, "gru"), "better");
  EXPECT_EQ(verdict(found, "lstm"), "better");
}

TEST_F(Comparing, WhatSeesTheFutureIsNeverRanked) {
  const int64_t sweep = testing::add_cells(store);
  const ComparisonTable found = table({{sweep}, "", {}, ""});
  EXPECT_EQ(labels(found).back(), "both ways") << "although its number is the lowest";
  EXPECT_EQ(verdict(found, "both ways"), "");
  EXPECT_EQ(reason(found, "both ways"), "sees the future: not ranked");
  EXPECT_FALSE(arm(found, "both ways").judgement.p);
  const ComparisonTable asked = table({{sweep}, "", {}, "both ways"});
  EXPECT_EQ(verdict(asked, "both ways"), "baseline");
  EXPECT_EQ(verdict(asked, "gru"), "");
  EXPECT_EQ(reason(asked, "gru"), "the baseline sees the future");
}

TEST_F(Comparing, WhereEverythingSeesTheFutureNothingIsCompared) {
  SweepResults sweep = testing::cells();
  sweep.arms.erase(sweep.arms.begin() + 2, sweep.arms.end());
  for (const auto& trial : testing::add_sweep(store, sweep).trials) testing::flag_future(store, trial.trial_id, 31.25);
  store.flush();
  const ComparisonTable found = table({{1}, "", {}, ""});
  EXPECT_FALSE(found.baseline);
  EXPECT_EQ(found.baseline_choice, "every arm with a value sees the future");
  EXPECT_EQ(verdict(table({{1}, "", {}, "gru"}), "lstm"), "not resolved") << "like with like, when asked";
}

TEST_F(Comparing, FewerThanThreeCommonSeedsAreNotResolved) {
  add({{"a", cell_config("a"), perplexities({1.0, 1.1, 1.2}), {}},
       {"b", cell_config("b"), perplexities({5.0, 5.1}), {}},
       {"c", cell_config("c"), {{3, 150.0}}, {}},
       {"d", cell_config("d"), {{7, 150.0}, {8, 151.0}, {9, 149.0}}, {}}});
  const ComparisonTable found = table({{1}, "", {}, ""});
  for (const char* label : {"b", "c", "d"}) EXPECT_EQ(verdict(found, label), "not resolved") << label;
  EXPECT_EQ(reason(found, "b"), "2 common seeds, a verdict takes 3");
  EXPECT_EQ(reason(found, "c"), "1 common seed, a verdict takes 3");
  EXPECT_EQ(reason(found, "d"), "0 common seeds, a verdict takes 3");
  EXPECT_EQ(found.family, 0u);
  EXPECT_TRUE(arm(found, "b").judgement.difference.mean);
  EXPECT_FALSE(arm(found, "d").judgement.difference.mean);
  EXPECT_FALSE(arm(found, "c").summary.interval) << "one seed has no spread";
}

TEST_F(Comparing, ALuckySeedIsNoBaselineBesideArmsOfThree) {
  add({{"lucky", cell_config("a"), {{1, 1.01}}, {}}, {"steady", cell_config("b"), perplexities({1.0, 1.1, 1.2}), {}}});
  const ComparisonTable found = table({{1}, "", {}, ""});
  EXPECT_THAT(labels(found), ElementsAre("lucky", "steady"));
  EXPECT_EQ(found.baseline, 1u);
  EXPECT_EQ(found.baseline_choice, "the best mean of the arms with three seeds or more");
}

TEST_F(Comparing, DifferencesThatDoNotVaryAreNotResolved) {
  add({{"a", cell_config("a"), {{1, 1.5}, {2, 1.5}, {3, 1.5}}, {}},
       {"same", cell_config("b"), {{1, 1.5}, {2, 1.5}, {3, 1.5}}, {}},
       {"worse", cell_config("c"), {{1, 2.5}, {2, 2.5}, {3, 2.5}}, {}}});
  const ComparisonTable found = table({{1}, "", {}, ""});
  EXPECT_EQ(verdict(found, "same"), "not resolved");
  EXPECT_EQ(reason(found, "same"), "equal on every seed");
  EXPECT_EQ(verdict(found, "worse"), "not resolved");
  EXPECT_EQ(reason(found, "worse"), "the difference is the same on every seed");
  EXPECT_EQ(arm(found, "a").summary.deviation, 0);
}

TEST_F(Comparing, OnlyCompletedTrialsWithFiniteValuesCount) {
  add({{"a", cell_config("a"), {{1, 1.5}, {2, 1.6}, {3, kNaN}}, {4, 5}}, {"b", cell_config("b"), {{1, kNaN}}, {}}});
  const ComparisonTable found = table({{1}, "", {}, ""});
  EXPECT_EQ(arm(found, "a").summary.count, 2u) << "an earlier epoch must not stand in for the last";
  EXPECT_EQ(arm(found, "b").summary.count, 0u);
  EXPECT_FALSE(arm(found, "b").summary.mean);
  EXPECT_EQ(reason(found, "b"), "0 common seeds, a verdict takes 3");
  EXPECT_THAT(labels(found), ElementsAre("a", "b"));
  EXPECT_THAT(refusal({{1}, "", {}, "b"}), HasSubstr("b has no completed trial with a value of perplexity"));
}

TEST_F(Comparing, AZeroPerplexityIsNoValue) {
  add({{"a", cell_config("a"), {{1, 0.0}, {2, 1.5}}, {}}});
  EXPECT_EQ(arm(table({{1}, "", {}, ""}), "a").summary.count, 1u);
}

TEST_F(Comparing, TheBestEpochIsTheMetrics) {
  add({{"a", cell_config("a"), {{1, 1.5}, {2, kNaN}}, {}}});
  const ComparisonTable found = table({{1}, "", {}, ""});
  EXPECT_EQ(found.arms[0].arm.trials[0].best_epoch, 3);
  EXPECT_EQ(found.arms[0].arm.trials[1].best_epoch, 1);
}

TEST_F(Comparing, OtherMetricsHaveTheirOwnScaleAndGoal) {
  SweepResults sweep = testing::cells();
  sweep.metric = "accuracy";
  sweep.minimize = false;
  sweep.arms = {{"low", cell_config("a"), {{1, 0.50}, {2, 0.52}, {3, 0.51}}, {}},
                {"high", cell_config("b"), {{1, 0.90}, {2, 0.93}, {3, 0.90}}, {}}};
  add(sweep);
  const Comparison comparison = compared({{1}, "", {}, ""});
  const ComparisonTable& found = comparison.tables.at(0);
  EXPECT_FALSE(comparison.in_nats());
  EXPECT_THAT(labels(found), ElementsAre("high", "low"));
  EXPECT_NEAR(*arm(found, "low").summary.mean, 0.51, 1e-12);
  EXPECT_NEAR(*arm(found, "low").judgement.difference.mean, -0.4, 1e-12);
  EXPECT_EQ(verdict(found, "low"), "worse");
  EXPECT_EQ(verdict(table({{1}, "", {}, "low"}), "high"), "better");
  EXPECT_THAT(labels(table({{1}, "", true, ""})), ElementsAre("low", "high"));
}

TEST_F(Comparing, AnyMetricOrFactCanBeAskedFor) {
  const int64_t sweep = testing::add_cells(store);
  const Comparison speed = compared({{sweep}, "tokens_per_second", {}, ""});
  EXPECT_FALSE(speed.minimize) << "more tokens a second are better";
  EXPECT_EQ(reason(speed.tables[0], "gru"), "equal on every seed");
  const Comparison causal = compared({{sweep}, "causal_perplexity", {}, ""});
  EXPECT_TRUE(causal.in_nats());
  EXPECT_NEAR(*arm(causal.tables[0], "both ways").summary.mean, std::log(31.25), 1e-12);
  EXPECT_EQ(arm(causal.tables[0], "gru").summary.count, 0u);
  EXPECT_THAT(refusal({{sweep}, "perplexty", {}, ""}),
              AllOf(HasSubstr("did you mean perplexity?"), HasSubstr("tokens_per_second, unigram_perplexity")));
}

TEST_F(Comparing, SweepsOfDifferentMetricsNeedOneNamed) {
  add(testing::cells());
  SweepResults other = testing::cells();
  other.metric = "loss";
  add(other);
  EXPECT_THAT(refusal({{1, 2}, "", {}, ""}),
              AllOf(HasSubstr("sweep 1 is judged by perplexity, sweep 2 by loss"), HasSubstr("--metric")));
  other.metric = "perplexity";
  other.minimize = false;
  add(other);
  EXPECT_THAT(refusal({{1, 3}, "", {}, ""}), HasSubstr("--goal"));
  EXPECT_EQ(compared({{1, 3}, "", true, ""}).tables.size(), 1u);
}

TEST_F(Comparing, WithoutAnyValueThereIsNothingToCompare) {
  store.create_sweep(testing::depth_sweep());
  EXPECT_THAT(refusal({{1}, "", {}, ""}), AllOf(HasSubstr("no completed trial"), HasSubstr("3 waiting")));
  add({{"a", cell_config("a"), {{1, kNaN}}, {2}}});
  EXPECT_THAT(refusal({{2}, "", {}, ""}), HasSubstr("1 completed, 1 failed"));
}

TEST_F(Comparing, AnUnknownBaselineNamesTheNearest) {
  testing::add_cells(store);
  EXPECT_THAT(refusal({{1}, "", {}, "ltsm"}), AllOf(HasSubstr("did you mean \"lstm\"?"), HasSubstr("gru; lstm; rnn")));
}

TEST_F(Comparing, DifferentTextsAreNeverRankedTogether) {
  testing::add_cells(store);
  SweepResults songs = testing::cells();
  songs.corpus = "another";
  songs.arms = {{"gru", cell_config("gru", "song100"), perplexities({0.01, 0.01, 0.02}), {}},
                {"rnn", cell_config("rnn", "song100"), perplexities({0.05, 0.09, 0.07}), {}}};
  add(songs);
  const Comparison comparison = compared({{1, 2}, "", {}, ""});
  ASSERT_EQ(comparison.tables.size(), 2u);
  EXPECT_THAT(labels(comparison.tables[0]), ElementsAre("gru (sweep 1)", "lstm", "rnn (sweep 1)", "both ways"));
  EXPECT_THAT(labels(comparison.tables[1]), ElementsAre("gru (sweep 2)", "rnn (sweep 2)"));
  for (const ComparisonTable& each : comparison.tables) EXPECT_EQ(each.baseline, 0u);
  const Comparison named = compared({{1, 2}, "", {}, "lstm"});
  EXPECT_EQ(named.tables[0].baseline_choice, "as asked");
  EXPECT_EQ(named.tables[1].baseline_choice, "the best mean; lstm is not on this data");
  const Comparison both = compared({{1, 2}, "", {}, "rnn"});
  EXPECT_EQ(both.tables[0].baseline_choice, "as asked") << "its own label will do where it is the only one";
  EXPECT_EQ(both.tables[1].baseline_choice, "as asked");
}

TEST_F(Comparing, AnotherVocabularyOrUnknownTextsAreKeptApartToo) {
  SweepResults sweep = testing::cells();
  add(sweep);
  sweep.vocabulary = 12;
  add(sweep);
  EXPECT_EQ(compared({{1, 2}, "", {}, ""}).tables.size(), 2u);
}

TEST_F(Comparing, AnArmThatNeverStartedStandsWithItsData) {
  const store::SweepState sweep = store.create_sweep(testing::plan_of(testing::cells()));
  for (size_t i = 0; i < 3; ++i)
    testing::run_trial(store, sweep.trials[i].trial_id, testing::cells(), 1.5 + 0.1 * static_cast<double>(i));
  store.flush();
  EXPECT_THAT(labels(table({{1}, "", {}, ""})), ElementsAre("lstm", "gru", "rnn", "both ways"));
}

TEST_F(Comparing, MoreSeedsOfTheSameConfigurationAreOneArm) {
  add({{"lstm", cell_config("lstm"), {{1, 1.5}, {2, 1.6}}, {}}});
  add({{"lstm", cell_config("lstm"), {{3, 1.7}, {4, 1.8}}, {}}});
  const ComparisonTable found = table({{1, 2}, "", {}, ""});
  ASSERT_THAT(labels(found), ElementsAre("lstm"));
  EXPECT_EQ(found.arms[0].summary.count, 4u);
  EXPECT_THAT(found.arms[0].arm.sweeps(), ElementsAre(1, 2));
}

TEST_F(Comparing, ARepeatedSeedKeepsSweepsApart) {
  add({{"lstm", cell_config("lstm"), perplexities({0.1, 0.2, 0.3}), {}}});
  add({{"lstm", cell_config("lstm"), perplexities({0.1, 0.2, 0.3}), {}}});
  const ComparisonTable found = table({{1, 2}, "", {}, ""});
  EXPECT_THAT(labels(found), ElementsAre("lstm (sweep 1)", "lstm (sweep 2)"));
  EXPECT_EQ(reason(found, "lstm (sweep 2)"), "equal on every seed");
  EXPECT_THAT(refusal({{1, 2}, "", {}, "lstm"}), HasSubstr("name one of \"lstm (sweep 1)\", \"lstm (sweep 2)\""));
  EXPECT_EQ(table({{1, 2}, "", {}, "lstm (sweep 2)"}).baseline, 1u);
}

TEST_F(Comparing, ATextThatChangedWithinASweepSplitsItsArm) {
  const store::SweepState sweep = store.create_sweep(testing::plan_of(
      {"cells", "perplexity", true, "old", 10, {{"lstm", cell_config("lstm"), {{1, 1.5}, {2, 1.6}}, {}}}}));
  testing::run_trial(store, 1, {"cells", "perplexity", true, "old", 10, {}}, 1.5);
  testing::run_trial(store, 2, {"cells", "perplexity", true, "new", 10, {}}, 1.6);
  const Comparison comparison = compared({{sweep.sweep_id}, "", {}, ""});
  ASSERT_EQ(comparison.tables.size(), 2u);
  EXPECT_EQ(comparison.tables[0].arms[0].arm.label, "lstm (sweep 1, trial 1)");
  EXPECT_EQ(comparison.tables[1].arms[0].arm.label, "lstm (sweep 1, trial 2)");
}

}  // namespace
}  // namespace runner::report
