#include "control/cli/time_left.h"

#include <algorithm>

namespace runner::cli {

void TimeLeft::observe(int64_t trial_id, double seconds_per_epoch) {
  for (Mean* mean : {&by_trial_[trial_id], &all_}) {
    mean->sum += seconds_per_epoch;
    ++mean->count;
  }
}

std::optional<double> TimeLeft::estimate(const std::vector<Remaining>& running, double waiting_epochs,
                                         int slots) const {
  if (all_.count == 0) return std::nullopt;
  double longest = 0, total = waiting_epochs * all_.value();
  for (const Remaining& trial : running) {
    const auto own = by_trial_.find(trial.trial_id);
    const double seconds = trial.epochs * (own == by_trial_.end() ? all_ : own->second).value();
    longest = std::max(longest, seconds);
    total += seconds;
  }
  return std::max(longest, total / std::max(1, slots));
}

}  // namespace runner::cli
