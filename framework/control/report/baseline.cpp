#include "control/report/baseline.h"

#include <algorithm>

#include "common/error.h"
#include "common/text.h"
#include "control/report/marks.h"

namespace runner::report {
namespace {

bool is_eligible(const JudgedArm& arm, size_t fewest) {
  return arm.summary.count >= fewest && !sees_future(arm.arm.flags());
}

// The arms are sorted, so the best is the first that may be it.
std::optional<size_t> best_of(const std::vector<JudgedArm>& arms, size_t fewest) {
  for (size_t i = 0; i < arms.size(); ++i) {
    if (is_eligible(arms[i], fewest)) return i;
  }
  return std::nullopt;
}

void choose_best(ComparisonTable& table) {
  const auto best = best_of(table.arms, 1), sure = best_of(table.arms, kFewestPairs);
  table.baseline = sure ? sure : best;
  if (!table.baseline) {
    const bool any =
        std::any_of(table.arms.begin(), table.arms.end(), [](const auto& arm) { return arm.summary.mean; });
    table.baseline_choice = any ? "every arm with a value sees the future" : "no arm has a value";
  } else if (table.baseline == best) {
    table.baseline_choice = "the best mean";
  } else {
    table.baseline_choice = "the best mean of the arms with three seeds or more";
  }
}

std::vector<size_t> named_arms(const ComparisonTable& table, const std::string& wanted) {
  std::vector<size_t> exact, planned;
  for (size_t i = 0; i < table.arms.size(); ++i) {
    if (table.arms[i].arm.label == wanted) exact.push_back(i);
    if (table.arms[i].arm.plan_label == wanted) planned.push_back(i);
  }
  return exact.empty() ? planned : exact;
}

std::vector<std::string> labels_of(const Comparison& comparison) {
  std::vector<std::string> labels;
  for (const ComparisonTable& table : comparison.tables) {
    for (const JudgedArm& arm : table.arms) labels.push_back(arm.arm.label);
  }
  return labels;
}

[[noreturn]] void unknown_arm(const Comparison& comparison, const std::string& wanted) {
  const std::vector<std::string> labels = labels_of(comparison);
  const auto nearest = nearest_name(wanted, labels);
  throw RequestError("no arm is called " + wanted + (nearest ? "; did you mean \"" + *nearest + "\"?" : "") +
                     " The arms: " + join(labels, "; "));
}

[[noreturn]] void ambiguous_arm(const ComparisonTable& table, const std::vector<size_t>& named,
                                const std::string& wanted) {
  std::vector<std::string> labels;
  for (const size_t i : named) labels.push_back("\"" + table.arms[i].arm.label + "\"");
  throw RequestError("several arms are called " + wanted + ": name one of " + join(labels, ", "));
}

void choose_named(ComparisonTable& table, size_t index, const std::string& metric) {
  const JudgedArm& arm = table.arms[index];
  if (!arm.summary.mean) {
    throw RequestError("the baseline " + arm.arm.label + " has no completed trial with a value of " + metric +
                       ": compare with another arm, or run it first");
  }
  table.baseline = index;
  table.baseline_choice = "as asked";
}

}  // namespace

void choose_baselines(Comparison& comparison, const std::string& wanted) {
  bool found = wanted.empty();
  for (ComparisonTable& table : comparison.tables) {
    const std::vector<size_t> named = wanted.empty() ? std::vector<size_t>{} : named_arms(table, wanted);
    if (named.size() > 1) ambiguous_arm(table, named, wanted);
    if (named.empty()) {
      choose_best(table);
      if (!wanted.empty() && table.baseline) table.baseline_choice += "; " + wanted + " is not on this data";
    } else {
      choose_named(table, named.front(), comparison.metric);
      found = true;
    }
  }
  if (!found) unknown_arm(comparison, wanted);
}

}  // namespace runner::report
