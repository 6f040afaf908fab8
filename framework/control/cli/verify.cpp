#include "control/cli/verify.h"

#include <spdlog/spdlog.h>
#include <stdlib.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>
#include <set>
#include <system_error>

#include "control/cli/execute.h"
#include "control/cli/planning.h"
#include "control/report/human.h"
#include "control/report/table.h"
#include "control/report/verification.h"
#include "control/store/reader.h"

namespace runner::cli {
namespace {
namespace fs = std::filesystem;

struct VerifyOptions {
  std::string file;
  std::vector<std::string> overrides;
  std::vector<fs::path> plugin_folders;
  int64_t kills = 3;
  uint32_t seed = 1;
  int64_t jobs = 0;
  Format format = Format::table;
};

// Often enough that a trial resumes in the middle of an epoch, seldom enough that it has steps to repeat.
constexpr double kCheckpointsBetweenKills = 3;

// A folder for two databases; gone at the end.
class WorkFolder {
 public:
  WorkFolder() : path_((fs::temp_directory_path() / "runner-verify-XXXXXX").string()) {
    if (!mkdtemp(path_.data())) throw EnvironmentError("cannot make the folder " + path_, errno);
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  fs::path file(const char* name) const { return fs::path(path_) / name; }

 private:
  std::string path_;
};

// So many different steps of a trial, rising. The last is none of them: after it nothing is left to be trained.
std::vector<int64_t> draw_steps(int64_t steps, int64_t kills, std::mt19937_64& random) {
  std::set<int64_t> drawn;
  if (steps < 2) return {};
  std::uniform_int_distribution<int64_t> step(1, steps - 1);
  while (static_cast<int64_t>(drawn.size()) < std::min(kills, steps - 1)) drawn.insert(step(random));
  return {drawn.begin(), drawn.end()};
}

// What the undisturbed run says of a trial.
struct Course {
  int64_t steps = 0;
  double seconds = 0;  // of training
};

Course course_of(store::Reader& reader, int64_t number) {
  const store::Table found = reader.query(
      "SELECT f.value, t.seconds FROM trial_facts f JOIN trials t USING (trial_id) WHERE t.number = ? AND f.name = "
      "'steps'",
      {number});
  if (found.rows.empty()) return {};
  return {report::integer_of(found.rows[0][0]), report::real_of(found.rows[0][1])};
}

bool was_stopped(ExitCode code) { return code == ExitCode::interrupted || code == ExitCode::terminated; }

ExitCode run_undisturbed(const PlannedSweep& planned, const fs::path& database) {
  spdlog::info("undisturbed:");
  ExecuteOptions execution;
  execution.database = database;
  execution.prints_report = false;
  return execute(planned, execution);
}

ExitCode run_disturbed(PlannedSweep planned, const VerifyOptions& options, const fs::path& database,
                       const fs::path& undisturbed) {
  spdlog::info("disturbed: each trial is killed after {} steps drawn with --seed {}, and resumes", options.kills,
               options.seed);
  store::Reader reader(undisturbed);
  std::mt19937_64 random(options.seed);
  for (sweep::Trial& trial : planned.plan.trials) {
    const double between_kills = course_of(reader, trial.number).seconds / static_cast<double>(options.kills + 1);
    trial.config["train"]["checkpoint"]["every"] = between_kills / kCheckpointsBetweenKills;
  }
  planned.plan.run.max_restarts = options.kills;
  ExecuteOptions execution;
  execution.database = database;
  execution.prints_report = false;
  execution.kill_at_steps = [&](const sweep::Trial& trial) {
    return draw_steps(course_of(reader, trial.number).steps, options.kills, random);
  };
  return execute(planned, execution);
}

// A trial that never went on from a checkpoint shows nothing: one that failed at once, or is over in two steps.
bool is_proven(const report::VerifiedTrial& trial) { return trial.difference.empty() && trial.resumed > 0; }

std::string verdict(const report::VerifiedTrial& trial) {
  if (!trial.difference.empty()) return "DIFFERENT: " + trial.difference;
  return is_proven(trial) ? "identical" : "NOT VERIFIED: it never went on from a checkpoint; train longer";
}

store::Table table_of(const std::vector<report::VerifiedTrial>& trials) {
  store::Table table;
  table.columns = {"trial", "label", "seed", "steps", "kills", "resumed", "result"};
  for (const report::VerifiedTrial& trial : trials) {
    table.rows.push_back(
        {trial.number, trial.label, trial.seed, trial.steps, trial.attempts - 1, trial.resumed, verdict(trial)});
  }
  return table;
}

ExitCode run_verify(const VerifyOptions& options) {
  PlannedSweep planned = plan_sweep(sweep::read_source(options.file, options.overrides), options.plugin_folders);
  if (options.jobs > 0) planned.plan.run.max_concurrent_trials = options.jobs;
  const WorkFolder folder;
  const fs::path undisturbed = folder.file("undisturbed.db"), disturbed = folder.file("disturbed.db");
  ExitCode code = run_undisturbed(planned, undisturbed);
  if (!was_stopped(code)) code = run_disturbed(planned, options, disturbed, undisturbed);
  if (was_stopped(code)) return code;
  store::Reader before(undisturbed), after(disturbed);
  const std::vector<report::VerifiedTrial> trials = report::verify_trials(before, after);
  report::print(std::cout, table_of(trials), options.format);
  return std::all_of(trials.begin(), trials.end(), is_proven) ? ExitCode::success : ExitCode::trials_failed;
}

}  // namespace

void add_verify(CLI::App& app, Action& action) {
  const auto options = std::make_shared<VerifyOptions>();
  CLI::App* verb =
      app.add_subcommand("verify", "Prove that trials which are killed and resume end as undisturbed ones do");
  verb->add_option("file", options->file, "Experiment (YAML)")->required()->type_name("FILE");
  verb->add_option("overrides", options->overrides, "Values that replace those of the file: train.epochs=3")
      ->type_name("path=value");
  verb->add_option("--kills", options->kills, "How often each trial is killed")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, int64_t{1000}));
  verb->add_option("--seed", options->seed, "What the steps are drawn with")->capture_default_str();
  verb->add_option("--jobs", options->jobs, "Trials at once")->check(CLI::Range(int64_t{1}, int64_t{4096}));
  add_plugin_path_option(*verb, options->plugin_folders);
  add_format_options(*verb, options->format);
  verb->footer(
      "Runs the experiment twice, in a folder of its own, and compares metrics, samples, facts and the digest of the\n"
      "weights bit by bit. Exit code 0: all trials are identical, 1: some differ, or never went on from a checkpoint.");
  verb->callback([options, &action] { action = [options] { return run_verify(*options); }; });
}

}  // namespace runner::cli
