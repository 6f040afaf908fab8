#include "control/report/comparison_report.h"

#include <algorithm>
#include <map>
#include <ostream>
#include <set>

#include "common/json.h"
#include "common/text.h"
#include "control/report/comparison_samples.h"
#include "control/report/comparison_tables.h"
#include "control/report/human.h"
#include "control/report/markdown.h"
#include "control/report/marks.h"
#include "control/report/table.h"
#include "control/store/stored_json.h"

namespace runner::report {
namespace {

std::string title(const Comparison& comparison) {
  std::vector<std::string> names;
  for (const ComparedSweep& sweep : comparison.sweeps) {
    if (std::find(names.begin(), names.end(), sweep.name) == names.end()) names.push_back(sweep.name);
  }
  return join(names, ", ");
}

void print_list(std::ostream& out, const std::vector<std::string>& items) {
  for (const std::string& item : items) out << "- " << markdown_text(item) << '\n';
  if (!items.empty()) out << '\n';
}

void print_verdicts(const Comparison& comparison, const ComparisonTable& table, std::ostream& out) {
  const std::string baseline = baseline_text(table);
  out << (table.baseline && table.arms.size() > 1 ? "Compared " : "") << markdown_text(baseline) << ".\n\n";
  const store::Table verdicts = verdicts_table(table);
  if (verdicts.rows.empty()) return;
  print_markdown_table(out, verdicts, number_columns(comparison));
  out << '\n';
}

void print_samples(store::Reader& reader, const ComparisonTable& table, std::ostream& out) {
  for (const PrefixSamples& section : samples_side_by_side(reader, table)) {
    out << "### Samples after “" << markdown_text(section.prefix) << "”\n\n";
    print_markdown_table(out, section.table);
    out << '\n';
  }
}

void print_table_section(store::Reader& reader, const Comparison& comparison, const ComparisonTable& table,
                         std::ostream& out) {
  out << "## " << markdown_text(data_text(table)) << "\n\n";
  print_markdown_table(out, arms_table(comparison, table), number_columns(comparison));
  out << '\n';
  print_verdicts(comparison, table, out);
  print_list(out, notes(comparison, table));
  print_samples(reader, table, out);
}

void print_reading(const Comparison& comparison, std::ostream& out) {
  std::vector<std::string> sentences = legend(comparison);
  for (const std::string& flag : flags_of(comparison)) {
    if (const auto sentence = flag_sentence(flag)) sentences.push_back(*sentence);
  }
  sentences.emplace_back(
      "floors: unigram is the perplexity of a model that knows only how frequent each token is, bigram of one that "
      "also "
      "sees the token before.");
  out << "## How to read it\n\n";
  print_list(out, sentences);
}

// Where something lay on the machine, and the command of the sweep, tell nothing about the numbers.
bool is_of_interest(const std::string& path) {
  const std::set<std::string> without = {"directory", "working_directory", "file", "command"};
  return without.count(path) == 0;
}

std::map<std::string, std::string> environment_of(store::Reader& reader, int64_t sweep_id) {
  const auto row =
      reader.query("SELECT environment, started_at, experiment FROM sweeps WHERE sweep_id = ?", {sweep_id}).rows.at(0);
  std::map<std::string, std::string> values;
  const std::string where = "environment of sweep " + std::to_string(sweep_id);
  for (const auto& [path, value] : leaves_of(store::stored_json(text_of(row[0]), where))) {
    if (!is_of_interest(path) || value.is_null()) continue;
    values[path] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  if (!is_null(row[1])) values["started"] = time_text(text_of(row[1])) + " UTC";
  return values;
}

// A row for each thing that is known, a column for each sweep.
void print_environments(store::Reader& reader, const Comparison& comparison, std::ostream& out) {
  store::Table table{{""}, {}};
  std::map<std::string, std::vector<store::Cell>> rows;
  for (size_t i = 0; i < comparison.sweeps.size(); ++i) {
    const ComparedSweep& sweep = comparison.sweeps[i];
    table.columns.push_back("sweep " + std::to_string(sweep.sweep_id) + " " + sweep.name);
    for (const auto& [name, value] : environment_of(reader, sweep.sweep_id)) {
      rows[name].resize(comparison.sweeps.size());
      rows[name][i] = value;
    }
  }
  for (const auto& [name, cells] : rows) {
    auto& row = table.rows.emplace_back();
    row.emplace_back(name);
    row.insert(row.end(), cells.begin(), cells.end());
  }
  out << "## Environment\n\n";
  print_markdown_table(out, table);
}

}  // namespace

void print_comparison_report(store::Reader& reader, const Comparison& comparison, const std::string& command,
                             std::ostream& out) {
  out << "# Comparison: " << markdown_text(title(comparison)) << "\n\n"
      << markdown_text(heading_text(comparison)) << ".\n\n";
  if (comparison.tables.size() > 1) out << markdown_text(separation_text(comparison)) << "\n\n";
  for (const ComparisonTable& table : comparison.tables) print_table_section(reader, comparison, table, out);
  print_reading(comparison, out);
  print_environments(reader, comparison, out);
  out << "\n## Made by\n\n    " << single_line(command) << '\n';
}

}  // namespace runner::report
