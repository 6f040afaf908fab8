#include "control/report/comparison_tables.h"

#include <algorithm>
#include <cmath>

#include "common/text.h"
#include "control/report/human.h"
#include "control/report/marks.h"
#include "control/report/table.h"
#include "control/store/flags.h"

namespace runner::report {
namespace {

using store::Cell;

constexpr int kFewDigits = 3;  // of spreads and differences

Cell cell_of(const std::optional<double>& value) { return value ? Cell(*value) : Cell(); }

std::string deviation_column(const Comparison& comparison) { return comparison.in_nats() ? "sd (nats)" : "sd"; }

// Names of the parameters that are not the same in all these arms, or that some lack.
std::vector<std::string> varying(const std::vector<const ComparedArm*>& arms) {
  std::set<std::string> names, varying;
  for (const ComparedArm* arm : arms) {
    for (const auto& [name, value] : arm->parameters) names.insert(name);
  }
  const auto value = [](const ComparedArm& arm, const std::string& name) {
    const auto found = arm.parameters.find(name);
    return found == arm.parameters.end() ? std::optional<Cell>() : found->second;
  };
  for (const std::string& name : names) {
    for (const ComparedArm* arm : arms) {
      if (value(*arm, name) != value(*arms.front(), name)) varying.insert(name);
    }
  }
  return {varying.begin(), varying.end()};
}

std::vector<const ComparedArm*> arms_of(const ComparisonTable& table) {
  std::vector<const ComparedArm*> arms;
  for (const JudgedArm& arm : table.arms) arms.push_back(&arm.arm);
  return arms;
}

void add_parameters(std::vector<Cell>& row, const ComparedArm& arm, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto found = arm.parameters.find(name);
    row.push_back(found == arm.parameters.end() ? Cell() : found->second);
  }
}

std::vector<double> numbers(const ComparedArm& arm, Measure measure) {
  std::vector<double> values;
  for (const ComparedTrial* trial : arm.counted()) {
    if (const auto value = trial->trial.*measure) values.push_back(*value);
  }
  return values;
}

std::optional<double> mean_of(const ComparedArm& arm, Measure measure) { return summarize(numbers(arm, measure)).mean; }

Cell whole_cell(const std::optional<double>& value) {
  return value ? Cell(static_cast<int64_t>(std::llround(*value))) : Cell();
}

// exp of the mean in nats per token, like every mean of perplexities here.
std::optional<double> causal_of(const ComparedArm& arm) {
  std::vector<double> nats = numbers(arm, &ArmTrial::causal);
  for (double& value : nats) value = std::log(value);
  const auto mean = summarize(nats).mean;
  return mean ? std::optional(std::exp(*mean)) : std::nullopt;
}

struct Epochs {
  int64_t first = 0, last = 0;
};

std::optional<Epochs> best_epochs(const ComparedArm& arm) {
  std::optional<Epochs> epochs;
  for (const ComparedTrial* trial : arm.counted()) {
    const int64_t epoch = trial->best_epoch;
    if (epoch == 0) continue;
    if (!epochs) epochs = Epochs{epoch, epoch};
    epochs = Epochs{std::min(epochs->first, epoch), std::max(epochs->last, epoch)};
  }
  return epochs;
}

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

// "trial 9", "trials 9, 12 and 3 more"
std::string trials_text(const std::vector<int64_t>& ids) {
  constexpr size_t kMost = 6;
  std::vector<std::string> parts;
  for (size_t i = 0; i < std::min(kMost, ids.size()); ++i) parts.push_back(std::to_string(ids[i]));
  const std::string more = ids.size() > kMost ? " and " + std::to_string(ids.size() - kMost) + " more" : "";
  return (ids.size() == 1 ? "trial " : "trials ") + join(parts, ", ") + more;
}

std::string why_not_counted(const ComparedTrial& trial, const std::string& metric) {
  if (trial.trial.status != "completed") return trial.trial.status;
  return trial.measured ? metric + " is not a finite number at the last epoch" : metric + " was not measured";
}

std::string not_counted_text(const Comparison& comparison, const ComparedArm& arm) {
  std::map<std::string, std::vector<int64_t>> by_reason;
  for (const ComparedTrial& trial : arm.trials) {
    if (!trial.counts()) by_reason[why_not_counted(trial, comparison.metric)].push_back(trial.trial.trial_id);
  }
  std::vector<std::string> parts;
  for (const auto& [reason, ids] : by_reason) parts.push_back(trials_text(ids) + " (" + reason + ")");
  return parts.empty() ? "" : arm.label + ": left out " + join(parts, ", ");
}

std::string sweeps_text(const ComparedArm& arm) {
  std::vector<std::string> ids;
  for (const int64_t id : arm.sweeps()) ids.push_back(std::to_string(id));
  return join(ids, ", ");
}

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

std::string heading_text(const Comparison& comparison) {
  std::vector<std::string> sweeps;
  for (const ComparedSweep& sweep : comparison.sweeps) {
    sweeps.push_back("sweep " + std::to_string(sweep.sweep_id) + " (" + single_line(sweep.name) + ")");
  }
  return comparison.metric + " at the last epoch, " + (comparison.minimize ? "smaller" : "larger") +
         " is better: " + join(sweeps, ", ");
}

std::string data_text(const ComparisonTable& table) {
  const Data& data = table.data;
  std::vector<std::string> parts, floors;
  const auto& parameters = table.arms.front().arm.parameters;
  for (const char* name : {"data.plugin", "data.corpus", "data.path"}) {
    const auto found = parameters.find(name);
    if (found != parameters.end()) parts.push_back(cell_text(found->second));
  }
  std::string text = join(parts, " ");
  if (!data.is_known()) return text + ", not prepared yet";
  if (!data.corpus_hash.empty()) text += ", corpus " + single_line(data.corpus_hash).substr(0, 8);
  if (!is_null(data.vocabulary)) text += ", vocabulary " + cell_text(data.vocabulary);
  if (data.unigram) floors.push_back("unigram " + significant_text(*data.unigram));
  if (data.bigram) floors.push_back("bigram " + significant_text(*data.bigram));
  if (data.memoryless_loss) floors.push_back("memoryless loss " + significant_text(*data.memoryless_loss));
  return text + (floors.empty() ? "" : "; ") + join(floors, ", ");
}

std::string separation_text(const Comparison& comparison) {
  if (comparison.tables.size() < 2) return "";
  return "The trials are on " + std::to_string(comparison.tables.size()) +
         " different texts, splits or vocabularies, whose numbers cannot be ranked together: each has a table and a "
         "baseline of its own.";
}

std::string baseline_text(const ComparisonTable& table) {
  if (!table.baseline) return "nothing is compared: " + table.baseline_choice;
  const std::string& label = table.arms[*table.baseline].arm.label;
  if (table.arms.size() == 1) return "nothing is compared: there is one arm";
  return "against " + single_line(label) + " (" + single_line(table.baseline_choice) + "), seed by seed";
}

std::vector<std::string> reasons(const ComparisonTable& table) {
  std::map<std::string, std::vector<std::string>> labels;
  for (const JudgedArm& arm : table.arms) {
    if (!arm.judgement.reason.empty()) labels[arm.judgement.reason].push_back(single_line(arm.arm.label));
  }
  std::vector<std::string> sentences;
  for (const auto& [reason, arms] : labels) sentences.push_back(join(arms, ", ") + ": " + reason);
  return sentences;
}

std::vector<std::string> legend(const Comparison& comparison) {
  std::vector<std::string> sentences;
  size_t family = 0;
  bool compared = false, several = false;
  for (const ComparisonTable& table : comparison.tables) {
    family = std::max(family, table.family);
    compared = compared || (table.baseline && table.arms.size() > 1);
    for (const JudgedArm& arm : table.arms) several = several || arm.summary.deviation;
  }
  if (comparison.in_nats() && several) {
    sentences.push_back(comparison.metric +
                        " and its interval: exp of the mean over n seeds, and of its t interval, in nats per token; sd "
                        "in nats per token.");
  }
  if (compared) {
    const std::string unit = comparison.in_nats() ? " in nats per token (0.01 is 1% of perplexity)" : "";
    sentences.push_back("difference: arm minus baseline" + unit +
                        ", the mean over common seeds; its interval is for one comparison alone.");
  }
  if (family > 0) {
    sentences.push_back("verdict: paired t test, p below 0.05 after Holm's correction over the " +
                        std::string(family == 1 ? "one comparison tested" : "comparisons tested in a table") + ".");
  }
  return sentences;
}

std::vector<std::string> notes(const Comparison& comparison, const ComparisonTable& table) {
  std::vector<std::string> sentences;
  for (const JudgedArm& arm : table.arms) {
    const std::string left_out = not_counted_text(comparison, arm.arm);
    if (!left_out.empty()) sentences.push_back(single_line(left_out));
    if (arm.arm.sweeps().size() > 1) {
      sentences.push_back(single_line(arm.arm.label) + ": trials of sweeps " + sweeps_text(arm.arm) + " together");
    }
    if (arm.summary.deviation == 0.0) {
      sentences.push_back(single_line(arm.arm.label) + ": every seed came to the same value");
    }
  }
  return sentences;
}

std::set<std::string> flags_of(const Comparison& comparison) {
  std::set<std::string> flags;
  for (const ComparisonTable& table : comparison.tables) {
    for (const JudgedArm& arm : table.arms) flags.merge(store::split_flags(arm.arm.flags()));
  }
  return flags;
}

}  // namespace runner::report
