#include "control/cli/best.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "common/paths.h"
#include "control/cli/planning.h"
#include "control/cli/stored_trial.h"
#include "control/report/best_trial.h"
#include "control/report/human.h"
#include "control/report/marks.h"
#include "control/report/table.h"
#include "control/store/flags.h"
#include "control/store/reader.h"
#include "control/sweep/to_yaml.h"

namespace runner::cli {
namespace {

struct BestOptions {
  std::string sweep, database;
  bool yaml = false;
  Format format = Format::table;
};

constexpr const char* kTrial = R"sql(
SELECT t.trial_id AS trial, s.name AS sweep, t.label, t.seed, s.metric, t.best_metric AS best, t.best_epoch AS epoch,
  t.final_metric AS final, t.epochs_done AS epochs, t.seconds,
  (SELECT value FROM trial_facts f WHERE f.trial_id = t.trial_id AND f.name = 'unigram_perplexity') AS unigram,
  (SELECT value FROM trial_facts f WHERE f.trial_id = t.trial_id AND f.name = 'bigram_perplexity') AS bigram,
  t.flags
FROM trials t JOIN sweeps s ON s.sweep_id = t.sweep_id
WHERE t.trial_id = ?
)sql";

constexpr size_t kFlagsColumn = 12;

store::Table varied_parameters(store::Reader& reader, int64_t trial_id) {
  return reader.query(
      "SELECT p.name, p.value FROM trial_params p JOIN trials t ON t.trial_id = p.trial_id JOIN sweeps s ON s.sweep_id "
      "= "
      "t.sweep_id WHERE p.trial_id = ? AND p.name <> 'seed' AND p.name IN (SELECT value FROM json_each(s.varied)) "
      "ORDER "
      "BY p.name",
      {trial_id});
}

// With another number of threads sums are rounded differently, so that number belongs to what gives the same numbers
// again.
std::string rerun_file(store::Reader& reader, int64_t trial_id) {
  const StoredTrial trial = stored_trial(reader, trial_id);
  const std::string name = trial.sweep + "-trial-" + std::to_string(trial_id);
  const config::Schemas schemas = find_schemas({});  // say which numbers are durations and sizes
  const std::string run = trial.threads > 1 ? "run: {threads_per_trial: " + std::to_string(trial.threads) + "}\n" : "";
  return sweep::experiment_yaml(name, trial.config, trial.seed, &schemas) + run;
}

// The trial's row with the parameters that make it differ from the other trials.
store::Table shown_table(store::Reader& reader, int64_t trial_id) {
  store::Table best = reader.query(kTrial, {trial_id});
  for (auto& parameter : varied_parameters(reader, trial_id).rows) {
    best.columns.push_back(report::text_of(parameter[0]));
    best.rows.front().push_back(parameter[1]);
  }
  return best;
}

// Beside the answer, not in it: programs and files get the best trial alone.
void say_left_out(const std::string& trials) {
  std::cerr << "left out, being flagged sees_future: trial" << (trials.find(',') == std::string::npos ? " " : "s ")
            << trials << "\n";
}

ExitCode run_best(const BestOptions& options) {
  store::Reader reader(database_file(options.database));
  const report::BestTrial best = report::best_trial(reader, reader.resolve_sweep(options.sweep));
  if (!best.left_out.empty()) say_left_out(best.left_out);
  if (options.yaml) {
    std::cout << rerun_file(reader, best.trial_id);
    return ExitCode::success;
  }
  const store::Table table = shown_table(reader, best.trial_id);
  report::print(std::cout, table, options.format, {report::terminal_width(), {}, 0});
  const std::string flags = report::text_of(table.rows.front()[kFlagsColumn]);
  if (options.format == Format::table) report::print_flag_notes(std::cout, store::split_flags(flags));
  return ExitCode::success;
}

}  // namespace

void add_best(CLI::App& app, Action& action) {
  const auto options = std::make_shared<BestOptions>();
  CLI::App* verb = app.add_subcommand(
      "best", "Show the best completed trial of a sweep, by the sweep's metric; none that sees the future");
  verb->add_option("sweep", options->sweep, "Number or name of the sweep (default: the latest)")->type_name("SWEEP");
  auto* yaml = verb->add_flag("--yaml", options->yaml, "Print an experiment file that runs this trial again");
  add_database_option(*verb, options->database);
  add_format_options(*verb, options->format);
  yaml->excludes("--json")->excludes("--csv");
  verb->callback([options, &action] { action = [options] { return run_best(*options); }; });
}

}  // namespace runner::cli
