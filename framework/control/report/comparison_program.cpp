#include "control/report/comparison_program.h"

#include "control/report/comparison_cells.h"

namespace runner::report {
namespace {

using store::Cell;

std::vector<Cell> judgement_cells(const Judgement& judgement) {
  const auto interval = judgement.difference.interval;
  return {static_cast<int64_t>(judgement.difference.count),
          cell_of(judgement.difference.mean),
          interval ? Cell(interval->low) : Cell(),
          interval ? Cell(interval->high) : Cell(),
          cell_of(judgement.p),
          cell_of(judgement.holm),
          judgement.verdict == Verdict::none ? Cell() : Cell(verdict_name(judgement.verdict)),
          judgement.reason};
}

std::vector<Cell> summary_cells(const Comparison& comparison, const Summary& summary) {
  const auto shown = [&](const std::optional<double>& value) {
    return value ? Cell(comparison.shown(*value)) : Cell();
  };
  const auto interval = summary.interval;
  return {static_cast<int64_t>(summary.count), shown(summary.mean), interval ? shown(interval->low) : Cell(),
          interval ? shown(interval->high) : Cell(), cell_of(summary.deviation)};
}

std::vector<Cell> program_row(const Comparison& comparison, const ComparisonTable& table, const JudgedArm& arm,
                              const std::vector<std::string>& parameters) {
  const auto append = [](std::vector<Cell>& row, std::vector<Cell> more) {
    row.insert(row.end(), more.begin(), more.end());
  };
  const auto epochs = best_epochs(arm.arm);
  const Cell baseline = table.baseline ? Cell(table.arms[*table.baseline].arm.label) : Cell();
  std::vector<Cell> row = {int64_t{&table - comparison.tables.data() + 1}, arm.arm.label, sweeps_text(arm.arm)};
  add_parameters(row, arm.arm, parameters);
  row.emplace_back(static_cast<int64_t>(arm.arm.trials.size()));
  append(row, summary_cells(comparison, arm.summary));
  append(row, {cell_of(causal_of(arm.arm)), cell_of(table.data.unigram), cell_of(table.data.bigram),
               epochs ? Cell(epochs->first) : Cell(), epochs ? Cell(epochs->last) : Cell(),
               cell_of(mean_of(arm.arm, &ArmTrial::tokens_per_second)),
               whole_cell(mean_of(arm.arm, &ArmTrial::parameters)), arm.arm.flags(), baseline});
  append(row, judgement_cells(arm.judgement));
  return row;
}

}  // namespace

store::Table program_table(const Comparison& comparison) {
  std::vector<const ComparedArm*> all;
  for (const ComparisonTable& table : comparison.tables) {
    for (const ComparedArm* arm : arms_of(table)) all.push_back(arm);
  }
  const std::vector<std::string> parameters = varying(all);
  store::Table rows{{"table", "arm", "sweeps"}, {}};
  rows.columns.insert(rows.columns.end(), parameters.begin(), parameters.end());
  for (const char* name : {"trials",
                           "n",
                           "mean",
                           "low",
                           "high",
                           "sd",
                           "causal_perplexity",
                           "unigram_perplexity",
                           "bigram_perplexity",
                           "best_epoch_min",
                           "best_epoch_max",
                           "tokens_per_second",
                           "parameters",
                           "flags",
                           "baseline",
                           "pairs",
                           "difference",
                           "difference_low",
                           "difference_high",
                           "p",
                           "p_holm",
                           "verdict",
                           "reason"}) {
    rows.columns.emplace_back(name);
  }
  for (const ComparisonTable& table : comparison.tables) {
    for (const JudgedArm& arm : table.arms) rows.rows.push_back(program_row(comparison, table, arm, parameters));
  }
  return rows;
}

}  // namespace runner::report
