#include "control/schedule/listening_clock.h"

#include <utility>

namespace runner::schedule {

ListeningClock::time_point ListeningClock::Reckoning::at(Steady::time_point now) {
  const duration passed = now - std::exchange(last_, now);
  if (passed <= kLongestGap) listened_ += passed;
  return time_point(listened_);
}

ListeningClock::time_point ListeningClock::now() {
  static Reckoning reckoning(Steady::now());
  return reckoning.at(Steady::now());
}

}  // namespace runner::schedule
