#include "control/schedule/short_job.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "common/error.h"
#include "common/text.h"

namespace runner::schedule {
namespace {

constexpr int kMostStarts = 3;

struct Started {
  ShortJob* job;
  Slot* slot;
};

void start_some(std::deque<ShortJob*>& waiting, std::vector<Started>& started, WorkerPool& pool) {
  while (Slot* slot = waiting.empty() ? nullptr : pool.idle_slot()) {
    ShortJob* job = waiting.front();
    waiting.pop_front();
    job->note_start();
    pool.start(*slot, job->command(), *job);
    started.push_back({job, slot});
  }
}

void collect_ended(std::vector<Started>& started, std::deque<ShortJob*>& waiting) {
  for (const Started& each : started) {
    if (each.job->is_to_start_again()) waiting.push_front(each.job);
  }
  const auto is_over = [](const Started& each) { return each.job->has_ended() || each.job->is_to_start_again(); };
  started.erase(std::remove_if(started.begin(), started.end(), is_over), started.end());
}

}  // namespace

void ShortJob::note_start() {
  silence_.note_sign();
  is_to_start_again_ = false;
  ++starts_;
}

void ShortJob::enforce_limit(Slot& slot) {
  if (was_killed_ || !silence_.is_longer_than(patience_.longest_silence)) return;
  was_killed_ = true;
  slot.kill();
}

void ShortJob::on_event(const protocol::Message& message) {
  if (message.type == "forked") silence_.note_fork();
  if (message.type == "forked" || message.type == "alive") silence_.note_sign();
  hear(message);
}

void ShortJob::on_exit(const ExitStatus& status, bool host_died) {
  is_to_start_again_ = host_died && !silence_.is_forked() && !was_killed_ && starts_ < kMostStarts;
  if (is_to_start_again_) return;
  has_ended_ = true;
  end(status, host_died);
}

std::string ShortJob::end_text(const ExitStatus& status) const {
  const std::string tail = output_.text();
  return cause_of_end(status) + (tail.empty() ? "" : "; its last words:\n" + tail);
}

std::string ShortJob::cause_of_end(const ExitStatus& status) const {
  if (!was_killed_) return describe_end(status);
  if (!silence_.is_forked()) return "was killed because it did not come up in two minutes";
  return "was killed after " + in_seconds(patience_.longest_silence) + " without a sign of life: " + patience_.advice;
}

void run_all(std::deque<ShortJob*> jobs, WorkerPool& pool, Signals& signals) {
  constexpr std::chrono::milliseconds kTick{100};
  std::vector<Started> started;
  while (!jobs.empty() || pool.any_busy()) {
    start_some(jobs, started, pool);
    pool.wait(kTick, signals);
    collect_ended(started, jobs);
    for (const auto& [job, slot] : started) job->enforce_limit(*slot);
    if (signals.requests() == 0) continue;
    // The caller's jobs end with this call, so every one must be over before it does.
    for (pool.kill_all(); pool.any_busy();) pool.wait(kTick, signals);
    throw Error(signals.exit_code(), "interrupted");
  }
}

}  // namespace runner::schedule
