#include "control/report/comparison_tables.h"

#include <algorithm>

#include "control/report/comparison_cells.h"
#include "control/report/human.h"
#include "control/report/marks.h"
#include "control/report/table.h"

namespace runner::report {
namespace {

using store::Cell;

constexpr int kFewDigits = 3;  // of spreads and differences

std::string deviation_column(const Comparison& comparison) { return comparison.in_nats() ? "sd (nats)" : "sd"; }

Cell epochs_cell(const std::optional<Epochs>& epochs) {
  if (!epochs) return {};
  const std::string first = std::to_string(epochs->first);
  return epochs->first == epochs->last ? first : first + "–" + std::to_string(epochs->last);
}

std::string count_text(const JudgedArm& arm) {
  const std::string count = std::to_string(arm.summary.count);
  return arm.summary.count == arm.arm.trials.size() ? count : count + " of " + std::to_string(arm.arm.trials.size());
}

// Perplexities get the mark of an arm that sees the future.
std::string shown_text(const Comparison& comparison, const JudgedArm& arm, double value) {
  const std::string text = significant_text(comparison.shown(value));
  return comparison.in_nats() ? marked(text, arm.arm.flags()) : text;
}

Cell mean_cell(const Comparison& comparison, const JudgedArm& arm) {
  return arm.summary.mean ? Cell(shown_text(comparison, arm, *arm.summary.mean)) : Cell();
}

Cell interval_cell(const Comparison& comparison, const JudgedArm& arm) {
  if (!arm.summary.interval) return {};
  return shown_text(comparison, arm, arm.summary.interval->low) + "–" +
         significant_text(comparison.shown(arm.summary.interval->high));
}

std::string signed_text(double value) { return (value > 0 ? "+" : "") + significant_text(value, kFewDigits); }

Cell difference_cell(const Summary& difference) {
  return difference.mean ? Cell(signed_text(*difference.mean)) : Cell();
}

Cell difference_interval_cell(const Summary& difference) {
  if (!difference.interval) return {};
  return signed_text(difference.interval->low) + " to " + signed_text(difference.interval->high);
}

Cell p_cell(const std::optional<double>& p) {
  if (!p) return {};
  return *p < 0.001 ? "<0.001" : significant_text(*p, 2);
}

bool has_causal(const ComparisonTable& table) {
  return std::any_of(table.arms.begin(), table.arms.end(), [](const JudgedArm& arm) {
    return sees_future(arm.arm.flags()) || causal_of(arm.arm).has_value();
  });
}

}  // namespace

store::Table arms_table(const Comparison& comparison, const ComparisonTable& table) {
  const std::vector<std::string> parameters = varying(arms_of(table));
  store::Table rows{{"arm"}, {}};
  rows.columns.insert(rows.columns.end(), parameters.begin(), parameters.end());
  const bool with_causal = has_causal(table);
  for (const std::string& name :
       {std::string("n"), comparison.metric, std::string("95% interval"), deviation_column(comparison),
        std::string(with_causal ? "causal" : ""), std::string("best epoch"), std::string("tok/s"),
        std::string("parameters"), std::string("flags")}) {
    if (!name.empty()) rows.columns.push_back(name);
  }
  for (const JudgedArm& arm : table.arms) {
    auto& row = rows.rows.emplace_back();
    row.emplace_back(arm.arm.label);
    add_parameters(row, arm.arm, parameters);
    row.emplace_back(count_text(arm));
    row.push_back(mean_cell(comparison, arm));
    row.push_back(interval_cell(comparison, arm));
    const auto deviation = arm.summary.deviation;
    row.push_back(deviation ? Cell(significant_text(*deviation, kFewDigits)) : Cell());
    const auto causal = causal_of(arm.arm);
    if (with_causal) row.push_back(causal ? Cell(significant_text(*causal)) : Cell());
    row.push_back(epochs_cell(best_epochs(arm.arm)));
    row.push_back(whole_cell(mean_of(arm.arm, &ArmTrial::tokens_per_second)));
    row.push_back(whole_cell(mean_of(arm.arm, &ArmTrial::parameters)));
    row.emplace_back(arm.arm.flags());
  }
  shorten_dotted_names(rows);
  return rows;
}

store::Table verdicts_table(const ComparisonTable& table) {
  store::Table rows{{"arm", "pairs", "difference", "95% interval", "p (Holm)", "verdict", "why"}, {}};
  if (!table.baseline) return rows;
  for (size_t i = 0; i < table.arms.size(); ++i) {
    if (i == *table.baseline) continue;
    const Judgement& judgement = table.arms[i].judgement;
    const bool ranked = judgement.verdict != Verdict::none;
    rows.rows.push_back(
        {table.arms[i].arm.label, ranked ? Cell(static_cast<int64_t>(judgement.difference.count)) : Cell(),
         difference_cell(judgement.difference), difference_interval_cell(judgement.difference), p_cell(judgement.holm),
         ranked ? Cell(verdict_name(judgement.verdict)) : Cell(), judgement.reason});
  }
  return rows;
}

std::set<std::string> number_columns(const Comparison& comparison) {
  return {"n",      comparison.metric, "95% interval", deviation_column(comparison),
          "causal", "best epoch",      "difference",   "p (Holm)"};
}

}  // namespace runner::report
