#include "control/cli/compare.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <sstream>

#include "common/paths.h"
#include "common/text.h"
#include "control/cli/environment.h"
#include "control/cli/output.h"
#include "control/report/comparison_page.h"
#include "control/report/comparison_report.h"
#include "control/report/table.h"

namespace runner::cli {
namespace {

struct CompareOptions {
  std::vector<std::string> sweeps;
  std::string metric, goal, baseline, file, database;
  bool replace = false, markdown = false;
  Format format = Format::table;
};

// Each once, in the order named.
std::vector<int64_t> resolve(store::Reader& reader, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return {reader.resolve_sweep("")};
  std::vector<int64_t> ids;
  for (const std::string& sweep : wanted) {
    const int64_t id = reader.resolve_sweep(sweep);
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  return ids;
}

bool is_plain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("-_./=,:@%+").find(c) != std::string_view::npos;
}

std::string quoted_for_shell(const std::string& word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// The command line as it can be typed again, wherever the program lay.
std::string command_text() {
  std::vector<std::string> words = own_command_line();
  words.at(0) = std::filesystem::path(words[0]).filename().string();
  for (std::string& word : words) word = quoted_for_shell(replace_invalid_utf8(word));
  return join(words, " ");
}

std::optional<bool> minimizes(const std::string& goal) {
  return goal.empty() ? std::nullopt : std::optional(goal == "minimize");
}

ExitCode run_compare(const CompareOptions& options) {
  store::Reader reader(database_file(options.database));
  const report::Comparison comparison = report::compare(
      reader, {resolve(reader, options.sweeps), options.metric, minimizes(options.goal), options.baseline});
  const bool to_file = !options.file.empty() && options.file != "-";
  std::ostringstream out;
  if (options.markdown) {
    report::print_comparison_report(reader, comparison, command_text(), out);
  } else {
    report::print_comparison(comparison, command_text(), options.format, out, to_file ? 0 : report::terminal_width());
  }
  write_answer(out.str(), options.file, options.replace, reader.file());
  return ExitCode::success;
}

void set_format(CompareOptions& options, const std::string& name) {
  options.markdown = name == "md";
  options.format = name == "json" ? Format::json : name == "csv" ? Format::csv : Format::table;
}

void add_output_options(CLI::App& verb, const std::shared_ptr<CompareOptions>& options) {
  add_format_options(verb, options->format);
  auto* format = verb.add_option_function<std::string>(
      "--format", [options](const std::string& name) { set_format(*options, name); },
      "How to print it; md is the comparison report, with samples and environment (default: table)");
  format->check(CLI::IsMember({"table", "json", "csv", "md"}))->type_name("FORMAT");
  format->excludes("--json")->excludes("--csv");
  auto* file = verb.add_option("-o,--output", options->file, "Write it into a new file; - is standard output");
  file->type_name("FILE");
  verb.add_flag("--force", options->replace, "Replace the file if it is there")->needs(file);
}

}  // namespace

void add_compare(CLI::App& app, Action& action) {
  const auto options = std::make_shared<CompareOptions>();
  CLI::App* verb = app.add_subcommand("compare", "Compare the arms of sweeps, seed by seed");
  verb->add_option("sweeps", options->sweeps, "Numbers or names of sweeps (default: the latest)")->type_name("SWEEP");
  verb->add_option("--metric", options->metric, "Compare by this metric or fact (default: the sweeps' own)")
      ->type_name("NAME");
  verb->add_option("--goal", options->goal, "minimize or maximize the metric (default: as the sweeps say)")
      ->check(CLI::IsMember({"minimize", "maximize"}))
      ->type_name("GOAL");
  verb->add_option("--baseline", options->baseline, "Compare with this arm (default: the best)")->type_name("LABEL");
  add_output_options(*verb, options);
  add_database_option(*verb, options->database);
  verb->footer(
      "An arm is one configuration, whatever its seed. Perplexities are averaged and compared in nats per token. Each "
      "arm\n"
      "is compared with the baseline over the seeds both have: a paired t test, Holm's correction, and a verdict: "
      "better,\n"
      "worse, or not resolved. Arms on different data are kept apart; one that sees the future is not ranked.");
  verb->callback([options, &action] { action = [options] { return run_compare(*options); }; });
}

}  // namespace runner::cli
