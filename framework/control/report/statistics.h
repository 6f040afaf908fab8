// The statistics of a comparison: means with t intervals, paired t tests, Holm's correction.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace runner::report {

inline constexpr double kConfidence = 0.95;

struct Interval {
  double low = 0, high = 0;
};

// Of a sample of finite numbers. What the sample is too small for is not there: the mean needs one value, the rest two.
struct Summary {
  size_t count = 0;
  std::optional<double> mean;
  std::optional<double> deviation;   // standard deviation, with n - 1 in the denominator
  std::optional<Interval> interval;  // for the mean, by Student's t with n - 1 degrees of freedom
};

// Student (1908), "The probable error of a mean", Biometrika 6(1). With few seeds it covers what it promises where a
// percentile bootstrap does not. Equal values have the deviation 0 exactly and an interval without width.
Summary summarize(const std::vector<double>& values, double confidence = kConfidence);

// t such that Student's distribution with `degrees` of freedom lies within ±t with this probability: 4.303 for 2
// degrees and 0.95. `degrees` > 0, 0 < `confidence` < 1.
double t_quantile(double degrees, double confidence = kConfidence);

// The probability that |t| is at least this large when nothing is the matter: the p value of a two-sided test.
double two_sided_p(double t, double degrees);

// The mean of paired differences first[i] - second[i]: pairs share what varies between them (a seed: its batches and
// its initialisation), so that it falls out.
struct PairedTest {
  Summary difference;
  // Of the hypothesis that the mean difference is 0. Without one where the differences are constant up to rounding:
  // nothing then tells how far the mean is to be trusted (R's t.test refuses such data in the same way). Nor where they
  // are too large to be squared.
  std::optional<double> p;
};

// Both lists have the same length.
PairedTest paired_t_test(const std::vector<double>& first, const std::vector<double>& second,
                         double confidence = kConfidence);

// Adjusted p values, in the order given: reject every hypothesis whose adjusted value is below a level, and the chance
// of one false rejection or more in the whole family is at most that level, however the tests depend on one another.
// Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6(2).
std::vector<double> holm_adjusted(const std::vector<double>& p);

}  // namespace runner::report
