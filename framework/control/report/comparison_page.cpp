#include "control/report/comparison_page.h"

#include <ostream>

#include "control/report/comparison_program.h"
#include "control/report/comparison_sentences.h"
#include "control/report/comparison_tables.h"
#include "control/report/human.h"
#include "control/report/marks.h"
#include "control/report/table.h"
#include "control/store/flags.h"

namespace runner::report {
namespace {

void print_arms(const Comparison& comparison, const ComparisonTable& table, std::ostream& out, int64_t max_width) {
  store::Table arms = arms_table(comparison, table);
  const std::string folded = fold_equal_columns(arms, {"flags"});
  print_table(out, arms, {max_width, number_columns(comparison), 0, true});
  if (!folded.empty()) out << '\n' << (table.arms.size() == 1 ? "" : "every arm: ") << folded << '\n';
}

void print_sentences(std::ostream& out, const std::vector<std::string>& sentences, int64_t max_width) {
  if (!sentences.empty()) out << '\n';
  for (const std::string& sentence : sentences) out << wrapped(sentence, max_width) << '\n';
}

// The reasons stand below: beside the numbers they would make the table too wide for most terminals.
void print_verdicts(const Comparison& comparison, const ComparisonTable& table, std::ostream& out, int64_t max_width) {
  out << '\n' << wrapped(baseline_text(table), max_width) << '\n';
  store::Table verdicts = verdicts_table(table);
  if (verdicts.rows.empty()) return;
  verdicts.columns.pop_back();
  for (auto& row : verdicts.rows) row.pop_back();
  print_table(out << '\n', verdicts, {max_width, number_columns(comparison), 0, true});
  print_sentences(out, reasons(table), max_width);
}

// How to read the numbers, then what the flags mean.
std::vector<std::string> explanations(const Comparison& comparison) {
  std::vector<std::string> sentences = legend(comparison);
  for (const std::string& flag : flags_of(comparison)) {
    if (const auto sentence = flag_sentence(flag)) sentences.push_back(*sentence);
  }
  return sentences;
}

void print_for_people(const Comparison& comparison, std::ostream& out, int64_t max_width) {
  out << wrapped(heading_text(comparison), max_width) << '\n';
  if (comparison.tables.size() > 1) out << wrapped(separation_text(comparison), max_width) << '\n';
  for (const ComparisonTable& table : comparison.tables) {
    out << '\n' << wrapped(data_text(table), max_width) << "\n\n";
    print_arms(comparison, table, out, max_width);
    print_verdicts(comparison, table, out, max_width);
    print_sentences(out, notes(comparison, table), max_width);
  }
  print_sentences(out, explanations(comparison), max_width);
}

OrderedJson optional_json(const std::optional<double>& value) { return value ? OrderedJson(*value) : OrderedJson(); }

OrderedJson data_json(const Data& data) {
  OrderedJson json;
  json["corpus_hash"] = data.corpus_hash.empty() ? OrderedJson() : OrderedJson(data.corpus_hash);
  json["vocabulary"] = to_json(data.vocabulary);
  json["unigram_perplexity"] = optional_json(data.unigram);
  json["bigram_perplexity"] = optional_json(data.bigram);
  json["memoryless_loss"] = optional_json(data.memoryless_loss);
  return json;
}

// A value is on the metric's own scale, and null where the trial does not count.
OrderedJson trial_json(const Comparison& comparison, const ComparedTrial& trial) {
  OrderedJson json;
  json["trial"] = trial.trial.trial_id;
  json["sweep"] = trial.sweep_id;
  json["seed"] = trial.trial.seed;
  json["status"] = trial.trial.status;
  json["value"] = trial.counts() ? OrderedJson(comparison.shown(*trial.value)) : OrderedJson();
  json["best_epoch"] = trial.best_epoch > 0 ? OrderedJson(trial.best_epoch) : OrderedJson();
  json["causal_perplexity"] = optional_json(trial.trial.causal);
  json["flags"] = trial.trial.flags;
  return json;
}

OrderedJson table_json(const Comparison& comparison, const ComparisonTable& table, OrderedJson rows) {
  OrderedJson json;
  json["data"] = data_json(table.data);
  json["baseline"] = table.baseline ? OrderedJson(table.arms[*table.baseline].arm.label) : OrderedJson();
  json["baseline_choice"] = table.baseline_choice;
  json["family"] = table.family;
  for (size_t i = 0; i < table.arms.size(); ++i) {
    OrderedJson trials = OrderedJson::array();
    for (const ComparedTrial& trial : table.arms[i].arm.trials) trials.push_back(trial_json(comparison, trial));
    rows[i]["seeds"] = std::move(trials);
  }
  json["arms"] = std::move(rows);
  json["notes"] = notes(comparison, table);
  return json;
}

OrderedJson tables_json(const Comparison& comparison) {
  const OrderedJson rows = to_json(program_table(comparison));
  OrderedJson tables = OrderedJson::array();
  size_t row = 0;
  for (const ComparisonTable& table : comparison.tables) {
    OrderedJson own = OrderedJson::array();
    for (size_t i = 0; i < table.arms.size(); ++i) own.push_back(rows[row++]);
    tables.push_back(table_json(comparison, table, std::move(own)));
  }
  return tables;
}

OrderedJson comparison_json(const Comparison& comparison, const std::string& command) {
  OrderedJson json;
  json["metric"] = comparison.metric;
  json["goal"] = comparison.minimize ? "minimize" : "maximize";
  json["unit_of_differences"] = comparison.in_nats() ? "nats per token" : comparison.metric;
  json["confidence"] = kConfidence;
  json["sweeps"] = OrderedJson::array();
  for (const ComparedSweep& sweep : comparison.sweeps) {
    json["sweeps"].push_back({{"sweep", sweep.sweep_id}, {"name", sweep.name}});
  }
  json["tables"] = tables_json(comparison);
  json["flags"] = OrderedJson::object();
  for (const std::string& flag : flags_of(comparison)) json["flags"][flag] = flag_sentence(flag).value_or("");
  json["command"] = command;
  return json;
}

}  // namespace

void print_comparison(const Comparison& comparison, const std::string& command, Format format, std::ostream& out,
                      int64_t max_width) {
  switch (format) {
    case Format::table:
      return print_for_people(comparison, out, max_width);
    case Format::json:
      return print_json(out, comparison_json(comparison, command));
    case Format::csv:
      return print_csv(out, program_table(comparison));
  }
}

}  // namespace runner::report
