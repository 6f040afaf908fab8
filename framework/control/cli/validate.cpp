#include "control/cli/validate.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "control/cli/planning.h"
#include "control/schedule/scheduler.h"

namespace runner::cli {
namespace {

struct ValidateOptions {
  std::string file;
  std::vector<std::string> overrides;
  std::vector<std::filesystem::path> plugin_folders;
};

ExitCode run_validate(const ValidateOptions& options) {
  const PlannedSweep planned = plan_sweep(sweep::read_source(options.file, options.overrides), options.plugin_folders);
  schedule::Signals signals;
  schedule::WorkerPool pool(schedule::pool_settings(planned.plan.run, planned.plan.trials.size()));
  prepare_sweep(planned, "", pool, signals);
  const size_t trials = planned.plan.trials.size();
  std::cout << options.file << ": valid, " << trials << (trials == 1 ? " trial\n" : " trials\n");
  return ExitCode::success;
}

}  // namespace

void add_validate(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ValidateOptions>();
  CLI::App* verb = app.add_subcommand("validate", "Check an experiment, its plugins' options and its data");
  verb->add_option("file", options->file, "Experiment (YAML)")->required()->type_name("FILE");
  verb->add_option("overrides", options->overrides, "Values that replace those of the file")->type_name("path=value");
  add_plugin_path_option(*verb, options->plugin_folders);
  verb->callback([options, &action] { action = [options] { return run_validate(*options); }; });
}

}  // namespace runner::cli
