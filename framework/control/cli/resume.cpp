#include "control/cli/resume.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "common/paths.h"
#include "control/cli/environment.h"
#include "control/cli/execute.h"
#include "control/cli/planning.h"
#include "control/report/human.h"
#include "control/store/reader.h"
#include "control/store/stored_json.h"

namespace runner::cli {
namespace {

struct ResumeOptions {
  std::string sweep;
  std::string database;
  std::vector<std::filesystem::path> plugin_folders;
  int64_t jobs = 0;
  bool retry_failed = false;
  Format format = Format::table;
};

struct StoredSweep {
  int64_t sweep_id = 0;
  std::string experiment, config_hash;
  Json environment;
};

StoredSweep stored_sweep(const std::filesystem::path& database, const std::string& wanted) {
  store::Reader reader(database);
  StoredSweep sweep;
  sweep.sweep_id = reader.resolve_sweep(wanted);
  const store::Table table =
      reader.query("SELECT experiment, config_hash, environment FROM sweeps WHERE sweep_id = ?", {sweep.sweep_id});
  const auto& row = table.rows.at(0);
  sweep.experiment = report::text_of(row[0]);
  sweep.config_hash = report::text_of(row[1]);
  sweep.environment =
      store::stored_json(report::text_of(row[2]), "environment of sweep " + std::to_string(sweep.sweep_id));
  return sweep;
}

ExitCode run_resume(const ResumeOptions& options) {
  const std::filesystem::path database = database_file(options.database);
  store::bring_up_to_date(database);
  const StoredSweep stored = stored_sweep(database, options.sweep);
  PlannedSweep planned =
      plan_sweep(source_from_environment(stored.experiment, stored.environment), options.plugin_folders);
  if (planned.plan.config_hash != stored.config_hash) {
    throw RequestError("sweep " + std::to_string(stored.sweep_id) +
                       " cannot be continued: planned today, its experiment gives other trials, because a plugin has "
                       "other parameters or defaults than then; run `runner sweep` on the experiment to start anew");
  }
  if (options.jobs > 0) planned.plan.run.max_concurrent_trials = options.jobs;
  ExecuteOptions execution;
  execution.database = database;
  execution.sweep_id = stored.sweep_id;
  execution.retry_failed = options.retry_failed;
  execution.format = options.format;
  return execute(planned, execution);
}

}  // namespace

void add_resume(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ResumeOptions>();
  CLI::App* verb = app.add_subcommand("resume", "Run what is left of a sweep, as it was planned");
  verb->add_option("sweep", options->sweep, "Number or name of the sweep (default: the latest)")->type_name("SWEEP");
  verb->add_flag("--retry-failed", options->retry_failed, "Run failed trials again");
  add_database_option(*verb, options->database);
  verb->add_option("--jobs", options->jobs, "Trials at once")->check(CLI::Range(int64_t{1}, int64_t{4096}));
  add_plugin_path_option(*verb, options->plugin_folders);
  add_format_options(*verb, options->format);
  verb->callback([options, &action] { action = [options] { return run_resume(*options); }; });
}

}  // namespace runner::cli
