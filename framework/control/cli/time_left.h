// How long a sweep will still take.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace runner::cli {

// Knows the seconds an epoch of each running trial takes, and takes the mean of all seen for those that wait.
class TimeLeft {
 public:
  // What one epoch of a trial took.
  void observe(int64_t trial_id, double seconds_per_epoch);

  struct Remaining {
    int64_t trial_id = 0;
    double epochs = 0;
  };
  // Seconds until the running trials and then `waiting_epochs` more have run, `slots` trials at a time; none before any
  // epoch was observed.
  std::optional<double> estimate(const std::vector<Remaining>& running, double waiting_epochs, int slots) const;

 private:
  struct Mean {
    double value() const { return sum / static_cast<double>(count); }
    double sum = 0;
    int64_t count = 0;
  };
  std::map<int64_t, Mean> by_trial_;
  Mean all_;
};

}  // namespace runner::cli
