#include "control/schedule/scheduler.h"

#include <algorithm>
#include <system_error>

#include "common/error.h"
#include "common/machine.h"
#include "common/paths.h"
#include "control/schedule/limits.h"

namespace runner::schedule {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kTick{100};
constexpr seconds kCheckEvery{1};
constexpr seconds kGrace{10};  // between asking a worker to end and killing it
// A host that dies is not its trial's fault; one trial that loses host after host is. So with who asks it to stop.
constexpr int64_t kMostDisturbances = 3;

void remove_checkpoints(const std::filesystem::path& folder) {
  std::error_code ignored;  // they take room and do no harm
  std::filesystem::remove_all(checkpoint_folder(folder), ignored);
}

void remove_leftovers(const std::filesystem::path& folder) {
  std::error_code ignored;
  remove_checkpoints(folder);
  std::filesystem::remove_all(best_weights_folder(folder), ignored);
}

// After which step of training the attempt about to start dies; 0: it does not.
int64_t kill_step(const Task& task) {
  const auto attempts = static_cast<size_t>(task.restarts);
  return attempts < task.kill_at_steps.size() ? task.kill_at_steps[attempts] : 0;
}

std::string device_request(const Task& task) { return task.config.at("train").at("device").get<std::string>(); }

}  // namespace

PoolSettings pool_settings(const sweep::RunOptions& run, size_t trials) {
  const int64_t wanted = run.max_concurrent_trials > 0 ? run.max_concurrent_trials
                                                       : std::max<int64_t>(1, cores().usable() / run.threads_per_trial);
  return {static_cast<int>(std::clamp<int64_t>(wanted, 1, std::max<int64_t>(1, static_cast<int64_t>(trials)))),
          static_cast<int>(run.threads_per_trial)};
}

std::string oversubscription(const PoolSettings& pool, const Cores& cores) {
  const int64_t wanted = int64_t{pool.slots} * pool.threads_per_trial, usable = cores.usable();
  if (wanted <= usable) return "";
  return "trials at once: " + std::to_string(pool.slots) + ", threads each: " + std::to_string(pool.threads_per_trial) +
         ", usable cores: " + std::to_string(usable) +
         ", so they slow each other down; lower run.max_concurrent_trials (--jobs) or run.threads_per_trial";
}

struct Scheduler::Running {
  Running(Task& task, std::string device, const std::filesystem::path& folder, store::Store& store, Observer& observer,
          Slot& its_slot)
      : attempt(task, std::move(device), folder, store, observer), slot(its_slot) {}
  Attempt attempt;
  Slot& slot;
};

Scheduler::Scheduler(const sweep::Plan& plan, const PluginFiles& files, std::string cache, WorkerPool& pool,
                     Devices& devices, store::Store& store, Observer& observer, Signals& signals)
    : run_(plan.run),
      metric_(plan.metric),
      files_(files),
      cache_(std::move(cache)),
      pool_(pool),
      devices_(devices),
      store_(store),
      observer_(observer),
      signals_(signals) {}

Scheduler::~Scheduler() = default;

void Scheduler::run(std::vector<Task> tasks) {
  tasks_ = std::move(tasks);
  for (Task& task : tasks_) waiting_.push_back(&task);
  try {
    run_waiting();
  } catch (const EnvironmentError&) {
    wind_down();
    throw;
  }
  if (!waiting_.empty() && signals_.requests() == 0) {
    observer_.on_held_back(static_cast<int64_t>(waiting_.size()), why_not_further());
  }
}

void Scheduler::run_waiting() {
  while (!running_.empty() || (!waiting_.empty() && may_start())) {
    start_waiting();
    pool_.wait(kTick, signals_);
    collect_ended();
    heed_signals();
    enforce_limits();
    observer_.on_tick();
  }
  store_.flush();
}

void Scheduler::wind_down() {
  for (const auto& running : running_) {
    running->attempt.end_because(EndReason::stop);
    running->attempt.ignore_events();
  }
  pool_.stop_all();
  const auto asked_at = Attempt::Clock::now();
  const int requests = signals_.requests();
  while (pool_.any_busy()) {
    if (Attempt::Clock::now() - asked_at > kGrace || signals_.requests() > requests) pool_.kill_all();
    try {
      pool_.wait(kTick, signals_);
    } catch (const EnvironmentError&) {  // one reason to end is enough
    }
  }
}

bool Scheduler::may_start() const { return signals_.requests() == 0 && why_not_further().empty(); }

std::string Scheduler::why_not_further() const {
  if (!machine_failure_.empty()) return "the machine failed";
  if (run_.max_failures > 0 && failures_ >= run_.max_failures) {
    return "run.max_failures: " + std::to_string(run_.max_failures) + " reached";
  }
  return run_.on_failure == "stop" && failures_ > 0 ? "run.on_failure: stop" : "";
}

void Scheduler::start_waiting() {
  while (!waiting_.empty() && may_start()) {
    Slot* slot = pool_.idle_slot();
    if (!slot) return;
    const auto next = std::find_if(waiting_.begin(), waiting_.end(), [this](Task* task) { return has_device(*task); });
    if (next == waiting_.end()) return;
    Task& task = **next;
    waiting_.erase(next);
    start(task, *slot);
  }
}

bool Scheduler::has_device(const Task& task) const {
  return run_.max_concurrent_trials > 0 || devices_.has_free(device_request(task));
}

void Scheduler::start(Task& task, Slot& slot) {
  const std::string device = devices_.lease(device_request(task));
  // A database that was removed may have left the folders of its trials.
  if (task.is_new) remove_leftovers(folder_of(task));
  try {
    running_.push_back(std::make_unique<Running>(task, device, folder_of(task), store_, observer_, slot));
  } catch (const EnvironmentError& error) {  // its log cannot be written
    devices_.give_back(device);
    waiting_.push_front(&task);
    return give_up(error.what());
  }
  Attempt& attempt = running_.back()->attempt;
  pool_.start(slot, protocol::command_line(job_for(task, attempt)), attempt);
}

std::filesystem::path Scheduler::folder_of(const Task& task) const {
  return std::filesystem::absolute(trial_folder(store_.file(), task.view.trial_id));
}

protocol::TrainJob Scheduler::job_for(const Task& task, const Attempt& attempt) const {
  protocol::TrainJob job;
  job.trial = task.view.trial_id;
  job.data = files_.dataset(task.config.at("data"));
  job.model = files_.model(task.config.at("model"));
  job.train = task.config.at("train");
  job.samples = task.config.at("samples");
  job.seed = task.seed;
  job.device = attempt.device();
  job.threads = static_cast<int>(run_.threads_per_trial);
  job.memory = run_.memory.bytes;
  job.cuda_graphs = run_.cuda_graphs;
  job.folder = folder_of(task).string();
  job.cache = cache_;
  job.identity = task.identity;
  job.identity["the model of the device"] = devices_.model(job.device);
  job.metric = metric_.name;
  job.minimize = metric_.minimize;
  job.kill_at_step = kill_step(task);
  return job;
}

void Scheduler::collect_ended() {
  for (const auto& running : running_) {
    if (running->attempt.verdict()) settle(running->attempt);
  }
  const auto ended = [](const auto& running) { return running->attempt.verdict().has_value(); };
  running_.erase(std::remove_if(running_.begin(), running_.end(), ended), running_.end());
}

void Scheduler::settle(Attempt& attempt) {
  Verdict verdict = *attempt.verdict();
  Task& task = attempt.task();
  devices_.give_back(attempt.device());
  const bool may_be_tried_again = restarts(attempt), again = may_be_tried_again && may_start();
  // Nothing more starts in this run; the next one goes on with it.
  if (may_be_tried_again && !again) verdict.status = store::TrialStatus::interrupted;
  if (again) {
    if (attempt.pid() != 0) store_.end_attempt(task.view.trial_id, verdict.end);
    waiting_.push_front(&task);
  } else {
    store_.end_trial(task.view.trial_id, verdict.status, verdict.error, verdict.end);
    if (verdict.status == store::TrialStatus::completed) remove_checkpoints(folder_of(task));
    failures_ += verdict.status == store::TrialStatus::failed;
    if (verdict.machine_failed) give_up("trial " + std::to_string(task.view.number) + ": " + verdict.error);
  }
  observer_.on_trial_end(task.view, verdict.status, verdict.error, verdict.end.stderr_tail, again);
}

bool Scheduler::restarts(Attempt& attempt) {
  const Verdict& verdict = *attempt.verdict();
  Task& task = attempt.task();
  if (verdict.was_disturbed) return ++task.disturbances <= kMostDisturbances;
  return verdict.crashed && task.restarts++ < run_.max_restarts;
}

void Scheduler::give_up(const std::string& machine_failure) {
  if (!machine_failure_.empty()) return;
  machine_failure_ = machine_failure;
  for (const auto& running : running_) {
    running->attempt.end_because(EndReason::stop);
    running->slot.stop();
  }
}

void Scheduler::heed_signals() {
  if (signals_.requests() == heeded_signals_) return;
  heeded_signals_ = signals_.requests();
  observer_.on_stopping(heeded_signals_);
  for (const auto& running : running_) {
    running->attempt.end_because(EndReason::stop);
    heeded_signals_ == 1 ? running->slot.stop() : running->slot.kill();
  }
}

void Scheduler::enforce_limits() {
  const auto now = Attempt::Clock::now();
  if (now - last_check_ < kCheckEvery) return;
  last_check_ = now;
  for (const auto& running : running_) enforce_limits(*running);
  store_.flush();
}

void Scheduler::enforce_limits(Running& running) {
  Attempt& attempt = running.attempt;
  if (attempt.end_reason() != EndReason::none) {
    if (Attempt::Clock::now() - attempt.end_requested_at() > kGrace) running.slot.kill();
  } else if (const auto excess = excess_of(attempt, run_)) {
    attempt.end_because(excess->reason, excess->sentence);
    running.slot.stop();
  }
}

}  // namespace runner::schedule
