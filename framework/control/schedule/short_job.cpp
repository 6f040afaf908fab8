#include "control/schedule/short_job.h"

#include <chrono>

#include "common/error.h"

namespace runner::schedule {

std::string ShortJob::end_text(const ExitStatus& status) const {
  const std::string tail = output_.text();
  return describe_end(status) + (tail.empty() ? "" : "; its last words:\n" + tail);
}

void run_all(std::deque<ShortJob*> jobs, WorkerPool& pool, Signals& signals) {
  constexpr std::chrono::milliseconds kTick{100};
  while (!jobs.empty() || pool.any_busy()) {
    while (Slot* slot = jobs.empty() ? nullptr : pool.idle_slot()) {
      pool.start(*slot, jobs.front()->command(), *jobs.front());
      jobs.pop_front();
    }
    pool.wait(kTick, signals);
    if (signals.requests() == 0) continue;
    // The caller's jobs end with this call, so every one must be over before it does.
    for (pool.kill_all(); pool.any_busy();) pool.wait(kTick, signals);
    throw Error(signals.exit_code(), "interrupted");
  }
}

}  // namespace runner::schedule
