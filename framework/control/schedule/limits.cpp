#include "control/schedule/limits.h"

#include <algorithm>
#include <sstream>

#include "common/process_memory.h"

namespace runner::schedule {
namespace {

constexpr double kHostStart = 120;  // seconds that a host is given at least to load LibTorch, whatever trials are given

double seconds_since(Attempt::Clock::time_point start) {
  return std::chrono::duration<double>(Attempt::Clock::now() - start).count();
}

std::string whole_seconds(double seconds) { return std::to_string(static_cast<int64_t>(seconds)) + " s"; }

std::string in_seconds(const Duration& duration) {
  std::ostringstream text;
  text << duration.seconds << " s";
  return text.str();
}

std::string in_mebibytes(int64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

std::optional<Excess> excess_of_time(const Attempt& attempt, const Duration& timeout) {
  const double seconds = seconds_since(attempt.started_at());
  if (timeout.seconds == 0 || attempt.pid() == 0 || seconds <= timeout.seconds) return std::nullopt;
  return Excess{EndReason::timeout,
                "stopped after " + whole_seconds(seconds) + ": run.timeout allows " + in_seconds(timeout)};
}

std::optional<Excess> excess_of_silence(const Attempt& attempt, const Duration& hang_timeout) {
  if (hang_timeout.seconds == 0) return std::nullopt;
  const double seconds = seconds_since(attempt.heard_at());
  if (seconds <= (attempt.pid() == 0 ? std::max(kHostStart, hang_timeout.seconds) : hang_timeout.seconds)) {
    return std::nullopt;
  }
  return Excess{EndReason::hang, "stopped because it hung: nothing was heard of it for " + whole_seconds(seconds) +
                                     ", last seen at " + attempt.last_seen_at() + "; run.hang_timeout allows " +
                                     in_seconds(hang_timeout)};
}

// What it has in memory beside an idle worker; 0 when it is gone.
int64_t bytes_taken(const Attempt& attempt) {
  const auto memory = memory_of(static_cast<pid_t>(attempt.pid()));
  return memory ? memory->resident - attempt.idle_memory() : 0;
}

std::optional<Excess> excess_of_memory(const Attempt& attempt, const ByteSize& memory) {
  const int64_t bytes = memory.bytes > 0 && attempt.pid() > 0 ? bytes_taken(attempt) : 0;
  if (bytes <= memory.bytes) return std::nullopt;
  return Excess{EndReason::memory, "stopped with " + in_mebibytes(bytes) +
                                       " in memory beside what an idle worker has: run.memory allows " +
                                       in_mebibytes(memory.bytes)};
}

}  // namespace

std::optional<Excess> excess_of(const Attempt& attempt, const sweep::RunOptions& run) {
  if (auto excess = excess_of_time(attempt, run.timeout)) return excess;
  if (auto excess = excess_of_memory(attempt, run.memory)) return excess;
  return excess_of_silence(attempt, run.hang_timeout);
}

}  // namespace runner::schedule
