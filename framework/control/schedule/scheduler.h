// Runs the waiting trials of a sweep: leases slots and devices, restarts, enforces limits, stops.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "common/machine.h"
#include "control/schedule/attempt.h"
#include "control/schedule/devices.h"
#include "control/schedule/preparation.h"
#include "control/schedule/worker_pool.h"
#include "control/sweep/plan.h"

namespace runner::schedule {

// As many trials at once as the options say, by default one for each core that its threads leave, but no more than
// `trials` of them.
PoolSettings pool_settings(const sweep::RunOptions& run, size_t trials);

// What is wrong when trials want more cores together than can be used, and what to do; empty when they do not.
std::string oversubscription(const PoolSettings& pool, const Cores& cores);

class Scheduler {
 public:
  // Borrows everything but `cache`, which trials are told: see DataCache.
  Scheduler(const sweep::Plan& plan, const PluginFiles& files, std::string cache, WorkerPool& pool, Devices& devices,
            store::Store& store, Observer& observer, Signals& signals);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Runs the tasks in their order until each has ended, or a signal or the limit on failures ends the run earlier; what
  // has not started then stays waiting. A trial that was running at a signal becomes interrupted. So it is when the
  // machine fails a trial, as a full disk does: nothing more starts then, and the trials that run are asked to stop.
  //
  // When the store itself cannot be written, or workers cannot be started (WorkerPool::wait), running trials are asked
  // to save what they can and to leave, and the EnvironmentError is thrown. The store still says that they run; it will
  // find out when it is opened again.
  void run(std::vector<Task> tasks);

  // What failed, of the machine; empty: nothing did.
  const std::string& machine_failure() const { return machine_failure_; }

 private:
  struct Running;

  void run_waiting();
  void wind_down();
  bool may_start() const;
  std::string why_not_further() const;  // what the trials so far came to; empty: nothing stands in the way
  void start_waiting();
  // Whether a device can be leased for the task. A CUDA device serves one trial at a time, unless
  // run.max_concurrent_trials says how many trials run at once: they share the devices then.
  bool has_device(const Task& task) const;
  void start(Task& task, Slot& slot);
  std::filesystem::path folder_of(const Task& task) const;
  protocol::TrainJob job_for(const Task& task, const Attempt& attempt) const;
  void collect_ended();
  void settle(Attempt& attempt);
  bool restarts(Attempt& attempt);
  void heed_signals();
  void enforce_limits();
  void enforce_limits(Running& running);
  void give_up(const std::string& machine_failure);

  const sweep::RunOptions& run_;
  const sweep::Metric& metric_;
  const PluginFiles& files_;
  const std::string cache_;
  WorkerPool& pool_;
  Devices& devices_;
  store::Store& store_;
  Observer& observer_;
  Signals& signals_;

  std::vector<Task> tasks_;
  std::deque<Task*> waiting_;
  std::vector<std::unique_ptr<Running>> running_;
  int64_t failures_ = 0;
  std::string machine_failure_;
  int heeded_signals_ = 0;
  Attempt::Clock::time_point last_check_{};
};

}  // namespace runner::schedule
