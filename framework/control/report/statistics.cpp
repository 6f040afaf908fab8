#include "control/report/statistics.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace runner::report {
namespace {

using boost::math::students_t;

// As the first value and the mean distance from it, so that equal values have exactly themselves as their mean.
double mean_of(const std::vector<double>& values) {
  double distance = 0;
  for (const double value : values) distance += value - values.front();
  return values.front() + distance / static_cast<double>(values.size());
}

double deviation_of(const std::vector<double>& values, double mean) {
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double standard_error(const Summary& summary) {
  return *summary.deviation / std::sqrt(static_cast<double>(summary.count));
}

double largest_size(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

}  // namespace

Summary summarize(const std::vector<double>& values, double confidence) {
  Summary summary;
  summary.count = values.size();
  if (values.empty()) return summary;
  const double mean = mean_of(values);
  summary.mean = mean;
  if (values.size() < 2) return summary;
  summary.deviation = deviation_of(values, mean);
  const double reach = t_quantile(static_cast<double>(values.size() - 1), confidence) * standard_error(summary);
  summary.interval = Interval{mean - reach, mean + reach};
  return summary;
}

double t_quantile(double degrees, double confidence) {
  return quantile(complement(students_t(degrees), (1 - confidence) / 2));
}

double two_sided_p(double t, double degrees) {
  if (std::isinf(t)) return 0;
  return 2 * cdf(complement(students_t(degrees), std::abs(t)));
}

PairedTest paired_t_test(const std::vector<double>& first, const std::vector<double>& second, double confidence) {
  std::vector<double> differences(first.size());
  std::transform(first.begin(), first.end(), second.begin(), differences.begin(), std::minus<>());
  PairedTest test{summarize(differences, confidence), {}};
  if (!test.difference.deviation) return test;
  // A difference of two numbers is known no better than to the rounding of the larger one.
  const double rounding =
      10 * std::numeric_limits<double>::epsilon() * std::max(largest_size(first), largest_size(second));
  const double error = standard_error(test.difference);
  if (error > rounding && std::isfinite(error))
    test.p = two_sided_p(*test.difference.mean / error, static_cast<double>(first.size() - 1));
  return test;
}

std::vector<double> holm_adjusted(const std::vector<double>& p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&p](size_t a, size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.size());
  double least = 0;  // a hypothesis is not rejected before those with smaller p values
  for (size_t rank = 0; rank < order.size(); ++rank) {
    least = std::max(least, std::min(1.0, static_cast<double>(p.size() - rank) * p[order[rank]]));
    adjusted[order[rank]] = least;
  }
  return adjusted;
}

}  // namespace runner::report
