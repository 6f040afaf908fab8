#include "control/cli/time_left.h"

#include <gtest/gtest.h>

namespace runner::cli {
namespace {

TEST(TimeLeft, IsUnknownBeforeAnyEpoch) { EXPECT_FALSE(TimeLeft().estimate({{1, 10}}, 20, 2).has_value()); }

TEST(TimeLeft, SharesTheWorkOverTheSlots) {
  TimeLeft time;
  time.observe(1, 1, 2.0);
  EXPECT_DOUBLE_EQ(*time.estimate({{1, 10}}, 10, 2), 20);
}

TEST(TimeLeft, TakesWaitingTrialsByTheirWork) {
  TimeLeft time;
  time.observe(1, 8, 4.0);  // the longest, which runs first
  EXPECT_DOUBLE_EQ(*time.estimate({}, 2, 1), 1);
  time.observe(2, 2, 6.0);
  EXPECT_DOUBLE_EQ(*time.estimate({}, 2, 1), 2);
}

TEST(TimeLeft, IsNoShorterThanTheLongestRunningTrial) {
  TimeLeft time;
  time.observe(1, 1, 1.0);
  time.observe(2, 1, 9.0);
  EXPECT_DOUBLE_EQ(*time.estimate({{1, 1}, {2, 10}}, 0, 2), 90);
}

}  // namespace
}  // namespace runner::cli
