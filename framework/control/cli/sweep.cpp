#include "control/cli/sweep.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "common/paths.h"
#include "control/cli/dry_run.h"
#include "control/cli/execute.h"
#include "control/cli/planning.h"

namespace runner::cli {
namespace {

struct SweepOptions {
  std::string file;
  std::vector<std::string> overrides;
  std::string database;
  std::vector<std::filesystem::path> plugin_folders;
  int64_t jobs = 0;
  bool dry_run = false, fresh = false;
  Format format = Format::table;
};

ExitCode run_sweep(const SweepOptions& options) {
  PlannedSweep planned = plan_sweep(sweep::read_source(options.file, options.overrides), options.plugin_folders);
  if (options.dry_run) {
    print_trials(planned.plan, options.format, std::cout);
    return ExitCode::success;
  }
  if (options.jobs > 0) planned.plan.run.max_concurrent_trials = options.jobs;
  ExecuteOptions execution;
  execution.database = database_file(options.database);
  execution.fresh = options.fresh;
  execution.format = options.format;
  return execute(planned, execution);
}

}  // namespace

void add_sweep(CLI::App& app, Action& action) {
  const auto options = std::make_shared<SweepOptions>();
  CLI::App* verb = app.add_subcommand("sweep", "Run an experiment: all its trials, or those that are left of it");
  verb->add_option("file", options->file, "Experiment (YAML)")->required()->type_name("FILE");
  verb->add_option("overrides", options->overrides, "Values that replace those of the file: train.epochs=40")
      ->type_name("path=value");
  add_database_option(*verb, options->database);
  verb->add_option("--jobs", options->jobs, "Trials at once (default: run.max_concurrent_trials, else one a core)")
      ->check(CLI::Range(int64_t{1}, int64_t{4096}));
  verb->add_flag("--dry-run", options->dry_run, "Print the trials and run none");
  verb->add_flag("--fresh", options->fresh, "Start another sweep, also when this one was run before");
  add_plugin_path_option(*verb, options->plugin_folders);
  add_format_options(*verb, options->format);
  verb->callback([options, &action] { action = [options] { return run_sweep(*options); }; });
}

}  // namespace runner::cli
