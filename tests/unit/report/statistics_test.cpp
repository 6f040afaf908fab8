#include "control/report/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace runner::report {
namespace {

// Gosset's own example: additional hours of sleep of ten patients under two drugs (Student 1908, R's `sleep`).
const std::vector<double> kFirstDrug = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
const std::vector<double> kSecondDrug = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};

// Density of Student's t, integrated by Simpson's rule: an independent way to the distribution.
double probability_within(double t, double degrees) {
  const double scale =
      std::exp(std::lgamma((degrees + 1) / 2) - std::lgamma(degrees / 2)) / std::sqrt(degrees * std::acos(-1.0));
  const auto density = [&](double x) { return scale * std::pow(1 + x * x / degrees, -(degrees + 1) / 2); };
  constexpr int kSteps = 200000;
  const double step = t / kSteps;
  double sum = density(0) + density(t);
  for (int i = 1; i < kSteps; ++i) sum += density(i * step) * (i % 2 == 1 ? 4 : 2);
  return 2 * sum * step / 3;
}

TEST(Statistics, QuantilesAreThoseOfTheTables) {
  const std::vector<std::pair<double, double>> table = {{1, 12.7062}, {2, 4.3027},  {3, 3.1824},  {4, 2.7764},
                                                        {9, 2.2622},  {29, 2.0452}, {120, 1.9799}};
  for (const auto& [degrees, t] : table) EXPECT_NEAR(t_quantile(degrees), t, 5e-5) << degrees;
  EXPECT_NEAR(t_quantile(4, 0.99), 4.6041, 5e-5);
}

TEST(Statistics, QuantilesAndProbabilitiesAgreeWithTheIntegral) {
  for (const double degrees : {1.0, 2.0, 4.0, 9.0, 40.0}) {
    EXPECT_NEAR(probability_within(t_quantile(degrees), degrees), 0.95, 1e-8) << degrees;
    EXPECT_NEAR(1 - probability_within(1.3, degrees), two_sided_p(1.3, degrees), 1e-8) << degrees;
    EXPECT_DOUBLE_EQ(two_sided_p(-1.3, degrees), two_sided_p(1.3, degrees));
  }
  EXPECT_EQ(two_sided_p(0, 3), 1);
  EXPECT_EQ(two_sided_p(std::numeric_limits<double>::infinity(), 3), 0);
}

TEST(Statistics, AMeanWithItsInterval) {
  const Summary summary = summarize(kFirstDrug);  // R: t.test(extra): 0.75, 95 percent from -0.5297804 to 2.0297804
  EXPECT_EQ(summary.count, 10u);
  EXPECT_NEAR(*summary.mean, 0.75, 1e-12);
  EXPECT_NEAR(*summary.deviation, 1.789010, 1e-6);
  EXPECT_NEAR(summary.interval->low, -0.5297804, 1e-6);
  EXPECT_NEAR(summary.interval->high, 2.0297804, 1e-6);
}

TEST(Statistics, WhatASampleIsTooSmallForIsNotThere) {
  EXPECT_FALSE(summarize({}).mean);
  const Summary one = summarize({1.5});
  EXPECT_EQ(one.mean, 1.5);
  EXPECT_FALSE(one.deviation || one.interval);
  const Summary two = summarize({1, 2});
  EXPECT_NEAR(two.interval->high, 1.5 + 12.7062 * 0.5, 1e-3);
}

TEST(Statistics, EqualValuesHaveNoDeviationAtAll) {
  const Summary summary = summarize({0.1, 0.1, 0.1});  // their sum, divided by three, is not 0.1
  EXPECT_EQ(summary.mean, 0.1);
  EXPECT_EQ(summary.deviation, 0);
  EXPECT_EQ(summary.interval->low, 0.1);
  EXPECT_EQ(summary.interval->high, 0.1);
}

TEST(Statistics, ThePairedTestOfStudentsSleepers) {
  // R: t.test(extra ~ group, paired = TRUE): t = -4.0621, df = 9, p = 0.002833, mean -1.58, from -2.4598858 to
  // -0.7001142
  const PairedTest test = paired_t_test(kFirstDrug, kSecondDrug);
  EXPECT_NEAR(*test.difference.mean, -1.58, 1e-12);
  EXPECT_NEAR(test.difference.interval->low, -2.4598858, 1e-6);
  EXPECT_NEAR(test.difference.interval->high, -0.7001142, 1e-6);
  EXPECT_NEAR(*test.p, 0.002833, 5e-7);
  EXPECT_DOUBLE_EQ(*paired_t_test(kSecondDrug, kFirstDrug).p, *test.p);
}

TEST(Statistics, ConstantDifferencesHaveNoPValue) {
  EXPECT_FALSE(paired_t_test({1, 2, 3}, {1, 2, 3}).p);
  EXPECT_FALSE(paired_t_test({1.1, 2.2, 3.3}, {0.1, 1.2, 2.3}).p) << "they differ by rounding alone";
  EXPECT_FALSE(paired_t_test({1}, {2}).p);
  EXPECT_FALSE(paired_t_test({}, {}).p);
  EXPECT_TRUE(paired_t_test({1, 2, 3}, {1, 2, 3 + 1e-9}).p);
}

TEST(Statistics, NumbersWhoseSquaresOverflowHaveNoPValue) {
  EXPECT_FALSE(paired_t_test({1.7e308, 0, 1}, {-1.7e308, 0, 2}).p);
  EXPECT_FALSE(paired_t_test({1e200, 0, 1}, {-1e200, 0, 2}).p);
}

TEST(Statistics, HolmsAdjustmentByHand) {
  EXPECT_TRUE(holm_adjusted({}).empty());
  EXPECT_EQ(holm_adjusted({0.2}), std::vector<double>{0.2});
  // 4 * 0.005, 3 * 0.01, 2 * 0.03, then 0.04, which may not fall below 0.06
  const std::vector<double> adjusted = holm_adjusted({0.01, 0.04, 0.03, 0.005});
  const std::vector<double> expected = {0.03, 0.06, 0.06, 0.02};
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-15) << i;
  EXPECT_EQ(holm_adjusted({0.6, 0.7}), (std::vector<double>{1, 1}));
  EXPECT_EQ(holm_adjusted({0.02, 0.02}), (std::vector<double>{0.04, 0.04})) << "equal values stay equal";
}

// Intervals from three seeds must cover what they promise; 40,000 trials put the error of the estimate at 0.0011.
TEST(Statistics, PairedIntervalsOfThreeCoverTheTruth) {
  std::mt19937_64 generator(20);
  std::normal_distribution<double> noise;
  int covered = 0;
  constexpr int kTrials = 40000;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> first, second;
    for (int seed = 0; seed < 3; ++seed) {
      const double shared = 5 * noise(generator);  // what a seed does to both arms
      first.push_back(shared + noise(generator) + 0.7);
      second.push_back(shared + noise(generator));
    }
    const Interval interval = *paired_t_test(first, second).difference.interval;
    covered += interval.low <= 0.7 && 0.7 <= interval.high;
  }
  EXPECT_NEAR(covered / static_cast<double>(kTrials), 0.95, 0.005);
}

// With no difference anywhere, a family of four tests against one baseline finds one by mistake in at most a twentieth.
TEST(Statistics, HolmKeepsTheErrorOfTheFamily) {
  std::mt19937_64 generator(21);
  std::normal_distribution<double> noise;
  const auto sample = [&] { return std::vector<double>{noise(generator), noise(generator), noise(generator)}; };
  int alarms = 0, uncorrected = 0;
  constexpr int kFamilies = 10000;
  for (int family = 0; family < kFamilies; ++family) {
    const std::vector<double> baseline = sample();
    std::vector<double> p;
    for (int arm = 0; arm < 4; ++arm) p.push_back(*paired_t_test(sample(), baseline).p);
    const auto below = [](const std::vector<double>& values) {
      return *std::min_element(values.begin(), values.end()) < 0.05;
    };
    uncorrected += below(p);
    alarms += below(holm_adjusted(p));
  }
  EXPECT_LT(alarms, 0.055 * kFamilies);
  EXPECT_GT(uncorrected, 0.1 * kFamilies) << "or the test could not fail";
}

}  // namespace
}  // namespace runner::report
