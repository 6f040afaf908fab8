#include "control/cli/execute.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iostream>

#include "common/error.h"
#include "common/folder.h"
#include "common/machine.h"
#include "common/paths.h"
#include "common/text.h"
#include "control/cli/display.h"
#include "control/cli/doctor_checks.h"
#include "control/cli/environment.h"
#include "control/cli/git_revision.h"
#include "control/cli/identity.h"
#include "control/report/sweep_report.h"
#include "control/schedule/cost.h"
#include "control/schedule/data_cache.h"
#include "control/schedule/scheduler.h"
#include "control/store/reader.h"

namespace runner::cli {
namespace {

using store::TrialStatus;

store::NewSweep new_sweep(const sweep::Plan& plan, const Json& environment) {
  store::NewSweep sweep;
  sweep.name = plan.name;
  sweep.experiment = plan.source.text;
  sweep.config_hash = plan.config_hash;
  sweep.environment = environment;
  sweep.metric = plan.metric.name;
  sweep.minimize = plan.metric.minimize;
  for (const sweep::Trial& trial : plan.trials) {
    sweep.trials.push_back({trial.number, trial.label, trial.config, trial.config_hash, trial.seed});
  }
  return sweep;
}

bool has_several_seeds(const sweep::Plan& plan) {
  return std::any_of(plan.trials.begin(), plan.trials.end(),
                     [&](const sweep::Trial& trial) { return trial.seed != plan.trials.front().seed; });
}

// Where samples are taken is where a log line is worth reading; without samples, about ten a trial.
int64_t log_every(const Json& config, int64_t epochs) {
  const int64_t every = config.at("samples").at("every").get<int64_t>();
  return every > 0 ? every : std::max<int64_t>(1, epochs / 10);
}

schedule::TrialView view_of(const store::TrialState& trial, double work, bool with_seed) {
  const auto epochs = trial.config.at("train").at("epochs").get<int64_t>();
  const std::string seed = with_seed ? (trial.label.empty() ? "" : ", ") + ("seed=" + std::to_string(trial.seed)) : "";
  return {trial.trial_id, trial.number, trial.label + seed, epochs, log_every(trial.config, epochs), work};
}

bool is_to_run(const store::TrialState& trial, bool retry_failed) {
  switch (trial.status) {
    case TrialStatus::waiting:
    case TrialStatus::running:  // of a runner that died
    case TrialStatus::interrupted:
      return true;
    case TrialStatus::failed:
      return retry_failed;
    case TrialStatus::completed:
    case TrialStatus::pruned:
      return false;
  }
  return false;
}

// One execution of a plan against a database.
class Execution {
 public:
  Execution(const PlannedSweep& planned, const ExecuteOptions& options)
      : planned_(planned),
        options_(options),
        pool_settings_(schedule::pool_settings(plan().run, plan().trials.size())) {}

  ExitCode run() {
    revision_ = git_revision(plan().source.directory);  // while no signal waits, and nothing is locked
    // A request that turns out wrong leaves no database behind, so one that is not there yet is made last.
    if (file_exists(options_.database)) {
      open_store();
    } else if (options_.sweep_id) {
      throw_removed();
    }
    if (sweep_ && !anything_to_run()) return report_finished();
    warn_of_storage();
    warn_of_oversubscription();
    schedule::Signals signals;
    const schedule::DataCache cache(options_.database);
    schedule::WorkerPool pool(pool_settings_);
    schedule::Preparation preparation = prepare_sweep(planned_, cache.folder(), pool, signals);
    if (!store_) open_store();
    if (sweep_) require_same_course(preparation);
    begin(pool);
    const std::unique_ptr<schedule::Observer> display = make_display();
    std::vector<schedule::Task> tasks = make_tasks(preparation);
    if (pool.size() > 1) schedule::order_longest_first(tasks);
    display->on_sweep_start(sweep_view(tasks, pool.size()));
    schedule::Scheduler scheduler(plan(), planned_.files, cache.folder(), pool, preparation.devices, *store_, *display,
                                  signals);
    scheduler.run(std::move(tasks));
    display->on_sweep_end();
    store_->end_sweep(sweep_->sweep_id);
    const ExitCode result = report();
    if (!scheduler.machine_failure().empty()) {
      throw EnvironmentError("the sweep stopped: " + scheduler.machine_failure() +
                             "; once the cause is gone, `runner resume` goes on with it");
    }
    return signals.requests() > 0 ? signals.exit_code() : result;
  }

 private:
  const sweep::Plan& plan() const { return planned_.plan; }

  // Said, not refused: trials that wait for a GPU leave the cores to others.
  void warn_of_oversubscription() const {
    const std::string problem = schedule::oversubscription(pool_settings_, cores());
    if (!problem.empty()) spdlog::warn("{}", problem);
  }

  void open_store() {
    store_ = std::make_unique<store::Store>(options_.database);
    if (options_.sweep_id) {
      sweep_ = store_->sweep(*options_.sweep_id);
      if (!sweep_) throw_removed();
    } else if (!options_.fresh) {
      sweep_ = find_own_sweep(*store_, plan());
    }
    if (!sweep_) return;
    require_planned_trials(options_.database, *sweep_, plan());
    remove_idle_checkpoints();
  }

  // It was found without the lock, so another process may have removed it before this one had the lock.
  [[noreturn]] void throw_removed() const {
    throw RequestError(options_.database.string() + " has no sweep " + std::to_string(*options_.sweep_id) +
                       " any more: it was removed while this command began. `runner list` shows the sweeps that there "
                       "are; `runner sweep` on the experiment starts anew");
  }

  // What stops the sweep at once is found out when the database is opened.
  void warn_of_storage() const {
    Checks checks = {check_database(options_.database)};
    if (const auto disk = check_disk_of(options_.database)) checks.push_back(*disk);
    for (const Check& check : checks) {
      if (check.state == CheckState::warning) spdlog::warn("{}: {}: {}", check.name, check.found, check.advice);
    }
  }

  // Of trials whose runner died between the end of the trial and this.
  void remove_idle_checkpoints() const {
    std::error_code ignored;  // they take room and do no harm
    for (const store::TrialState& trial : sweep_->trials) {
      if (trial.status != TrialStatus::completed) continue;
      std::filesystem::remove_all(checkpoint_folder(trial_folder(store_->file(), trial.trial_id)), ignored);
    }
  }

  bool anything_to_run() const {
    return std::any_of(sweep_->trials.begin(), sweep_->trials.end(),
                       [&](const auto& trial) { return is_to_run(trial, options_.retry_failed); });
  }

  // What is left of a sweep is run as what it has was.
  void require_same_course(const schedule::Preparation& preparation) {
    store::Reader reader(options_.database);
    require_same_data(reader, *sweep_, plan(), preparation.facts,
                      [&](const store::TrialState& trial) { return is_to_run(trial, options_.retry_failed); });
    const bool has_results = std::any_of(sweep_->trials.begin(), sweep_->trials.end(),
                                         [](const auto& trial) { return trial.status == TrialStatus::completed; });
    if (!has_results) return;
    const std::vector<std::string> changed = changed_code(*sweep_, planned_);
    is_of_several_builds_ = !changed.empty() || is_of_several_builds(*sweep_);
    if (!is_of_several_builds_) return;
    spdlog::warn(
        "sweep {} ran with other builds of its code before{}: the numbers of the trials that run now may differ from "
        "those of its earlier trials; --fresh starts another sweep, of one build",
        sweep_->sweep_id, changed.empty() ? "" : " (" + some_of(changed, ", ") + " changed since)");
  }

  void begin(const schedule::WorkerPool& pool) {
    Json environment = sweep_environment(planned_, revision_, pool.environment(), pool_settings_, own_command_line());
    environment[kSeveralBuilds] = is_of_several_builds_;
    if (!sweep_) sweep_ = store_->create_sweep(new_sweep(plan(), environment));
    if (options_.retry_failed) store_->retry_failed(sweep_->sweep_id);
    store_->start_sweep(sweep_->sweep_id, plan().source.text, environment);
  }

  // The trials of the sweep, of the plan and of the preparation are the same in the same order: open_store saw to that.
  std::vector<schedule::Task> make_tasks(const schedule::Preparation& preparation) const {
    const bool with_seed = has_several_seeds(plan());
    std::vector<schedule::Task> tasks;
    for (size_t i = 0; i < sweep_->trials.size(); ++i) {
      const store::TrialState& trial = sweep_->trials[i];
      if (!is_to_run(trial, options_.retry_failed)) continue;
      const Json& facts = preparation.facts.at(i);
      const double work = schedule::estimated_work(trial.config, facts, preparation.token_work.at(i));
      tasks.push_back(task_of(i, view_of(trial, work, with_seed), facts));
    }
    return tasks;
  }

  // The plan's configuration: it may ask for other checkpoints than the stored one, and is the same otherwise.
  schedule::Task task_of(size_t index, const schedule::TrialView& view, const Json& facts) const {
    const sweep::Trial& trial = plan().trials.at(index);
    schedule::Task task;
    task.view = view;
    task.config = trial.config;
    task.seed = trial.seed;
    task.facts = facts;
    task.identity = checkpoint_identity(planned_, trial);
    task.is_new = sweep_->trials[index].attempts == 0;
    if (options_.kill_at_steps) task.kill_at_steps = options_.kill_at_steps(trial);
    return task;
  }

  schedule::SweepView sweep_view(const std::vector<schedule::Task>& tasks, int slots) const {
    schedule::SweepView view;
    view.name = plan().name;
    view.sweep_id = sweep_->sweep_id;
    view.total = static_cast<int64_t>(sweep_->trials.size());
    view.slots = slots;
    for (const schedule::Task& task : tasks) view.work += task.view.work;
    for (const store::TrialState& trial : sweep_->trials) {
      view.completed += trial.status == TrialStatus::completed;
      view.failed += trial.status == TrialStatus::failed && !options_.retry_failed;
    }
    return view;
  }

  // A sweep with nothing left to run is shown again. Its runner may have died before it could note the end.
  ExitCode report_finished() {
    store_->end_sweep(sweep_->sweep_id);
    const ExitCode result = report();
    spdlog::info("sweep {} was run before; --fresh starts another{}", sweep_->sweep_id,
                 result == ExitCode::success ? "" : ", `runner resume --retry-failed` runs its failed trials again");
    return result;
  }

  // Prints the sweep's table and says by its exit code how its trials ended.
  ExitCode report() {
    store_->flush();
    store::Reader reader(options_.database);
    if (options_.prints_report) report::print_sweep_report(reader, sweep_->sweep_id, options_.format, std::cout);
    const store::Table failed = reader.query(
        "SELECT count(*) FROM trials WHERE sweep_id = ? AND status NOT IN ('completed', 'pruned')", {sweep_->sweep_id});
    return std::get<int64_t>(failed.rows.at(0).at(0)) == 0 ? ExitCode::success : ExitCode::trials_failed;
  }

  const PlannedSweep& planned_;
  const ExecuteOptions& options_;
  const schedule::PoolSettings pool_settings_;
  std::unique_ptr<store::Store> store_;
  std::optional<store::SweepState> sweep_;
  std::string revision_;
  bool is_of_several_builds_ = false;
};

}  // namespace

ExitCode execute(const PlannedSweep& planned, const ExecuteOptions& options) {
  return Execution(planned, options).run();
}

}  // namespace runner::cli
