// Time in which the runner listened to its workers.
#pragma once

#include <chrono>

namespace runner::schedule {

// A clock that stands still while this process does not run: when it is suspended, with its workers or without, by a
// batch system, a container's pause or SIGSTOP. What workers said meanwhile has not been read yet, and they may not
// have run either, so none of that time is their silence or time that they took.
//
// It must be asked often: between two questions that are further apart than kLongestGap, it takes no time to have
// passed. For one thread.
class ListeningClock {
 public:
  using Steady = std::chrono::steady_clock;
  using duration = Steady::duration;
  using rep = Steady::rep;
  using period = Steady::period;
  using time_point = std::chrono::time_point<ListeningClock>;
  static constexpr bool is_steady = true;

  // Whoever waits for workers looks up ten times a second. A slow disk may keep it for longer.
  static constexpr std::chrono::seconds kLongestGap{2};

  static time_point now();

  // The clock's own reckoning, for any source of time.
  class Reckoning {
   public:
    explicit Reckoning(Steady::time_point start) : last_(start) {}
    time_point at(Steady::time_point now);

   private:
    Steady::time_point last_;
    duration listened_{};
  };
};

}  // namespace runner::schedule
