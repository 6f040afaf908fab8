#include "control/report/comparison.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "common/error.h"
#include "common/text.h"
#include "control/report/baseline.h"
#include "control/report/human.h"
#include "control/report/marks.h"

namespace runner::report {
namespace {

struct SweepMetric {
  ComparedSweep sweep;
  std::string metric;
  bool minimize = true;
};

std::vector<SweepMetric> load_sweeps(store::Reader& reader, const std::vector<int64_t>& ids) {
  std::vector<SweepMetric> sweeps;
  for (const int64_t id : ids) {
    const auto row = reader.query("SELECT name, metric, goal FROM sweeps WHERE sweep_id = ?", {id}).rows.at(0);
    sweeps.push_back({{id, text_of(row[0])}, text_of(row[1]), text_of(row[2]) == "minimize"});
  }
  return sweeps;
}

std::string own_metric(const std::vector<SweepMetric>& sweeps) {
  for (const SweepMetric& each : sweeps) {
    const SweepMetric& first = sweeps.front();
    if (each.metric == first.metric) continue;
    throw RequestError("sweep " + std::to_string(first.sweep.sweep_id) + " is judged by " + first.metric + ", sweep " +
                       std::to_string(each.sweep.sweep_id) + " by " + each.metric +
                       ": say which to compare with --metric");
  }
  return sweeps.front().metric;
}

// Of metrics that no sweep is judged by.
bool is_usually_minimized(const std::string& metric) {
  return metric != "tokens_per_second" && metric.find("accuracy") == std::string::npos;
}

bool own_goal(const std::vector<SweepMetric>& sweeps, const std::string& metric) {
  std::set<bool> goals;
  for (const SweepMetric& each : sweeps) {
    if (each.metric == metric) goals.insert(each.minimize);
  }
  if (goals.size() == 2) {
    throw RequestError("the sweeps disagree whether to minimize or to maximize " + metric + ": say it with --goal");
  }
  return goals.empty() ? is_usually_minimized(metric) : *goals.begin();
}

// "?, ?, ?" and the sweeps' ids.
std::string places(size_t count) {
  std::vector<std::string> marks(count, "?");
  return join(marks, ", ");
}

std::vector<std::string> known_metrics(store::Reader& reader, const std::vector<int64_t>& sweeps) {
  const std::string of_sweeps =
      " FROM trials t JOIN {} x ON x.trial_id = t.trial_id WHERE t.sweep_id IN (" + places(sweeps.size()) + ")";
  std::string metrics = "SELECT DISTINCT x.name" + of_sweeps, facts = metrics + " AND typeof(x.value) <> 'text'";
  metrics.replace(metrics.find("{}"), 2, "metrics");
  facts.replace(facts.find("{}"), 2, "trial_facts");
  std::vector<store::Cell> arguments(sweeps.begin(), sweeps.end());
  arguments.insert(arguments.end(), sweeps.begin(), sweeps.end());
  std::vector<std::string> names;
  for (const auto& row : reader.query(metrics + " UNION " + facts + " ORDER BY 1", arguments).rows) {
    names.push_back(text_of(row[0]));
  }
  return names;
}

std::string status_counts(const std::vector<ComparedArm>& arms) {
  std::map<std::string, int> counts;
  for (const ComparedArm& arm : arms) {
    for (const ComparedTrial& trial : arm.trials) ++counts[trial.trial.status];
  }
  std::vector<std::string> parts;
  for (const auto& [status, count] : counts) parts.push_back(std::to_string(count) + " " + status);
  return join(parts, ", ");
}

void require_values(store::Reader& reader, const std::vector<ComparedArm>& arms, const std::vector<int64_t>& sweeps,
                    const std::string& metric) {
  bool measured = false;
  for (const ComparedArm& arm : arms) {
    for (const ComparedTrial& trial : arm.trials) {
      if (trial.counts()) return;
      measured = measured || trial.measured;
    }
  }
  const std::vector<std::string> known = measured ? std::vector<std::string>{} : known_metrics(reader, sweeps);
  if (known.empty() || measured) {
    throw RequestError("no completed trial has a value of " + metric + " to compare; trials: " + status_counts(arms));
  }
  const auto nearest = nearest_name(metric, known);
  throw RequestError("no trial has a metric " + metric + (nearest ? "; did you mean " + *nearest + "?" : "") +
                     " There are: " + join(known, ", "));
}

// Perplexities become nats per token; what has no logarithm is no value.
void take_logarithms(std::vector<ComparedArm>& arms) {
  for (ComparedArm& arm : arms) {
    for (ComparedTrial& trial : arm.trials) {
      if (!trial.value) continue;
      trial.value = *trial.value > 0 ? std::optional(std::log(*trial.value)) : std::nullopt;
    }
  }
}

Summary summary_of(const ComparedArm& arm) {
  std::vector<double> values;
  for (const ComparedTrial* trial : arm.counted()) values.push_back(*trial->value);
  return summarize(values);
}

bool has_same_data_section(const ComparedArm& a, const ComparedArm& b) {
  const auto section = [](const ComparedArm& arm) {
    const auto first = arm.parameters.lower_bound("data."), last = arm.parameters.lower_bound("data/");
    return std::map<std::string, store::Cell>(first, last);
  };
  return section(a) == section(b);
}

// An arm that never started has no facts yet: it belongs where arms with its `data:` section are.
bool belongs_to(const ComparedArm& arm, const ComparisonTable& table) {
  if (arm.data.is_known()) return table.data.is_same(arm.data);
  return std::any_of(table.arms.begin(), table.arms.end(),
                     [&](const JudgedArm& other) { return has_same_data_section(arm, other.arm); });
}

std::vector<ComparisonTable> make_tables(std::vector<ComparedArm> arms) {
  std::stable_partition(arms.begin(), arms.end(), [](const ComparedArm& arm) { return arm.data.is_known(); });
  std::vector<ComparisonTable> tables;
  for (ComparedArm& arm : arms) {
    auto table = std::find_if(tables.begin(), tables.end(), [&](const auto& each) { return belongs_to(arm, each); });
    if (table == tables.end()) table = tables.insert(tables.end(), {arm.data, {}, {}, "", 0});
    const Summary summary = summary_of(arm);
    table->arms.push_back({std::move(arm), summary, {}});
  }
  return tables;
}

// 0: ranked; 1: nothing to rank by; 2: sees the future.
int shelf(const JudgedArm& arm) {
  if (sees_future(arm.arm.flags())) return 2;
  return arm.summary.mean ? 0 : 1;
}

void sort_arms(std::vector<JudgedArm>& arms, bool minimize) {
  std::stable_sort(arms.begin(), arms.end(), [&](const JudgedArm& a, const JudgedArm& b) {
    if (shelf(a) != shelf(b)) return shelf(a) < shelf(b);
    if (!a.summary.mean || !b.summary.mean) return a.summary.mean.has_value() && !b.summary.mean;
    return minimize ? *a.summary.mean < *b.summary.mean : *a.summary.mean > *b.summary.mean;
  });
}

// Of two arms of one table.
PairedTest paired_test(const ComparedArm& arm, const ComparedArm& baseline) {
  std::map<int64_t, double> others;
  for (const ComparedTrial* trial : baseline.counted()) others[trial->trial.seed] = *trial->value;
  std::vector<double> first, second;
  for (const ComparedTrial* trial : arm.counted()) {
    const auto other = others.find(trial->trial.seed);
    if (other == others.end()) continue;
    first.push_back(*trial->value);
    second.push_back(other->second);
  }
  return paired_t_test(first, second);
}

std::string why_not_resolved(const PairedTest& test) {
  const size_t pairs = test.difference.count;
  if (pairs < kFewestPairs) {
    return std::to_string(pairs) + " common seed" + (pairs == 1 ? "" : "s") + ", a verdict takes " +
           std::to_string(kFewestPairs);
  }
  if (!std::isfinite(*test.difference.deviation)) return "the numbers are too large to be compared";
  return *test.difference.mean == 0 ? "equal on every seed" : "the difference is the same on every seed";
}

Judgement judge_untested(const JudgedArm& arm, const JudgedArm& baseline) {
  if (sees_future(arm.arm.flags()) != sees_future(baseline.arm.flags())) {
    return {Verdict::none,
            sees_future(arm.arm.flags()) ? "sees the future: not ranked" : "the baseline sees the future",
            {},
            {},
            {}};
  }
  const PairedTest test = paired_test(arm.arm, baseline.arm);
  const bool testable = test.difference.count >= kFewestPairs && test.p;
  return {Verdict::not_resolved,
          testable ? "" : why_not_resolved(test),
          test.difference,
          testable ? test.p : std::nullopt,
          {}};
}

void correct_family(ComparisonTable& table, bool minimize) {
  std::vector<Judgement*> family;
  std::vector<double> p;
  for (JudgedArm& arm : table.arms) {
    if (!arm.judgement.p) continue;
    family.push_back(&arm.judgement);
    p.push_back(*arm.judgement.p);
  }
  table.family = family.size();
  const std::vector<double> adjusted = holm_adjusted(p);
  for (size_t i = 0; i < family.size(); ++i) {
    family[i]->holm = adjusted[i];
    if (adjusted[i] >= kLevel) continue;
    family[i]->verdict = (*family[i]->difference.mean < 0) == minimize ? Verdict::better : Verdict::worse;
  }
}

void judge(ComparisonTable& table, bool minimize) {
  if (!table.baseline) return;
  for (size_t i = 0; i < table.arms.size(); ++i) {
    JudgedArm& arm = table.arms[i];
    if (i == *table.baseline) {
      arm.judgement.verdict = Verdict::baseline;
    } else {
      arm.judgement = judge_untested(arm, table.arms[*table.baseline]);
    }
  }
  correct_family(table, minimize);
}

}  // namespace

const char* verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::none:
      return "";
    case Verdict::baseline:
      return "baseline";
    case Verdict::better:
      return "better";
    case Verdict::worse:
      return "worse";
    case Verdict::not_resolved:
      return "not resolved";
  }
  return "";
}

bool Comparison::in_nats() const { return is_perplexity(metric); }

double Comparison::shown(double value) const { return in_nats() ? std::exp(value) : value; }

Comparison compare(store::Reader& reader, const ComparisonRequest& request) {
  const std::vector<SweepMetric> sweeps = load_sweeps(reader, request.sweeps);
  Comparison comparison;
  for (const SweepMetric& each : sweeps) comparison.sweeps.push_back(each.sweep);
  comparison.metric = request.metric.empty() ? own_metric(sweeps) : request.metric;
  comparison.minimize = request.minimize ? *request.minimize : own_goal(sweeps, comparison.metric);
  auto arms = compared_arms(reader, request.sweeps, comparison.metric, comparison.minimize);
  if (comparison.in_nats()) take_logarithms(arms);
  require_values(reader, arms, request.sweeps, comparison.metric);
  comparison.tables = make_tables(std::move(arms));
  for (ComparisonTable& table : comparison.tables) sort_arms(table.arms, comparison.minimize);
  choose_baselines(comparison, request.baseline);
  for (ComparisonTable& table : comparison.tables) judge(table, comparison.minimize);
  return comparison;
}

}  // namespace runner::report
