#include "control/cli/show.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "common/paths.h"
#include "control/report/human.h"
#include "control/report/sweep_page.h"
#include "control/report/table.h"
#include "control/report/trial_page.h"
#include "control/store/lock.h"
#include "control/store/reader.h"

namespace runner::cli {
namespace {

struct ShowOptions {
  std::string sweep, database;
  int64_t trial = 0;
  int64_t limit = 100;
  bool experiment = false;
  Format format = Format::table;
};

void print_experiment(store::Reader& reader, int64_t sweep_id) {
  const store::Table found = reader.query("SELECT experiment FROM sweeps WHERE sweep_id = ?", {sweep_id});
  const std::string text = report::text_of(found.rows.at(0)[0]);
  std::cout << text << (text.empty() || text.back() == '\n' ? "" : "\n");
}

ExitCode run_show(const ShowOptions& options) {
  store::Reader reader(database_file(options.database));
  const bool is_alive = store::has_writer(reader.file());
  const int64_t width = report::terminal_width();
  if (options.trial > 0) {
    report::print_trial_page(reader, options.trial, is_alive, options.format, std::cout, width);
    return ExitCode::success;
  }
  const int64_t sweep_id = reader.resolve_sweep(options.sweep);
  if (options.experiment) {
    print_experiment(reader, sweep_id);
  } else {
    report::print_sweep_page(reader, sweep_id, is_alive, options.limit, options.format, std::cout, width);
  }
  return ExitCode::success;
}

}  // namespace

void add_show(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ShowOptions>();
  CLI::App* verb = app.add_subcommand("show", "Show a sweep with its trials, or one trial");
  auto* sweep = verb->add_option("sweep", options->sweep, "Number or name of the sweep (default: the latest)");
  sweep->type_name("SWEEP");
  auto* trial = verb->add_option("--trial", options->trial, "Everything about this trial instead");
  trial->type_name("ID")->check(CLI::PositiveNumber)->excludes(sweep);
  verb->add_option("--limit", options->limit, "So many trials at most in a table; 0 = all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  auto* experiment = verb->add_flag("--experiment", options->experiment, "Print the experiment file the sweep ran");
  experiment->excludes(trial);
  add_database_option(*verb, options->database);
  add_format_options(*verb, options->format);
  verb->footer(
      "JSON of a sweep: {sweep, environment, experiment, trials}; of a trial: {trial, weights, parameters, facts,\n"
      "metrics, samples, attempts}. CSV of a sweep: its trials; of a trial: its metrics, one row an epoch.");
  verb->callback([options, &action] { action = [options] { return run_show(*options); }; });
}

}  // namespace runner::cli
