// How long a sweep will still take.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace runner::cli {

// Trials are measured in work (schedule/cost.h): each running one by the seconds that its work has taken so far, those
// that wait by the mean of all seen.
class TimeLeft {
 public:
  // What some work of a trial took.
  void observe(int64_t trial_id, double work, double seconds);

  struct Remaining {
    int64_t trial_id = 0;
    double work = 0;
  };
  // Seconds until the running trials and then `waiting_work` more have run, `slots` trials at a time; none before any
  // work was observed.
  std::optional<double> estimate(const std::vector<Remaining>& running, double waiting_work, int slots) const;

 private:
  struct Pace {
    double seconds_for(double more) const { return more * seconds / work; }
    double work = 0, seconds = 0;
  };
  std::map<int64_t, Pace> by_trial_;
  Pace all_;
};

}  // namespace runner::cli
