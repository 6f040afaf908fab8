#include "control/cli/time_left.h"

#include <algorithm>

namespace runner::cli {

void TimeLeft::observe(int64_t trial_id, double work, double seconds) {
  for (Pace* pace : {&by_trial_[trial_id], &all_}) {
    pace->work += work;
    pace->seconds += seconds;
  }
}

std::optional<double> TimeLeft::estimate(const std::vector<Remaining>& running, double waiting_work, int slots) const {
  if (all_.work == 0) return std::nullopt;
  double longest = 0, total = all_.seconds_for(waiting_work);
  for (const Remaining& trial : running) {
    const auto own = by_trial_.find(trial.trial_id);
    const double seconds = (own == by_trial_.end() ? all_ : own->second).seconds_for(trial.work);
    longest = std::max(longest, seconds);
    total += seconds;
  }
  return std::max(longest, total / std::max(1, slots));
}

}  // namespace runner::cli
