#include "control/schedule/listening_clock.h"

#include <gtest/gtest.h>

namespace runner::schedule {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(ListeningClock, StandsStillWhileNobodyAsks) {
  ListeningClock::Steady::time_point time{minutes(1)};
  ListeningClock::Reckoning reckoning(time);
  const auto start = reckoning.at(time);
  for (int i = 0; i < 40; ++i) reckoning.at(time += milliseconds(100));
  EXPECT_EQ(reckoning.at(time) - start, seconds(4));
  EXPECT_EQ(reckoning.at(time += minutes(10)) - start, seconds(4)) << "it was suspended";
  EXPECT_EQ(reckoning.at(time += seconds(2)) - start, seconds(6)) << "a slow disk is no suspension";
}

TEST(ListeningClock, GoesOnlyForwards) {
  const auto before = ListeningClock::now();
  EXPECT_GE(ListeningClock::now(), before);
}

}  // namespace
}  // namespace runner::schedule
