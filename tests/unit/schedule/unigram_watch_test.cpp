#include "control/schedule/unigram_watch.h"

#include <gtest/gtest.h>

namespace runner::schedule {
namespace {

// After how many epochs of this perplexity the watch says so; 0: not within a hundred.
int epochs_until_stuck(UnigramWatch watch, std::optional<double> perplexity) {
  for (int epoch = 1; epoch <= 100; ++epoch) {
    if (watch.on_epoch(perplexity)) return epoch;
  }
  return 0;
}

TEST(UnigramWatch, TakesTwentyEpochsWithinThreePercent) {
  for (const double near : {500.0, 485.0, 515.0}) EXPECT_EQ(epochs_until_stuck(UnigramWatch(500), near), 20) << near;
  for (const double far : {484.9, 515.1, 1.0, 1e9}) EXPECT_EQ(epochs_until_stuck(UnigramWatch(500), far), 0) << far;
}

TEST(UnigramWatch, CountsEpochsInARowAndForgetsWhenTheTrialLeaves) {
  UnigramWatch watch(500);
  for (int epoch = 0; epoch < 19; ++epoch) EXPECT_FALSE(watch.on_epoch(500));
  EXPECT_FALSE(watch.on_epoch(300));
  for (int epoch = 0; epoch < 19; ++epoch) EXPECT_FALSE(watch.on_epoch(500));
  EXPECT_TRUE(watch.on_epoch(500));
  EXPECT_TRUE(watch.on_epoch(505));
  EXPECT_FALSE(watch.on_epoch(400));
  EXPECT_FALSE(watch.on_epoch(500));
}

TEST(UnigramWatch, UnknownNumbersAreNotNear) {
  EXPECT_EQ(epochs_until_stuck(UnigramWatch(std::nullopt), 500), 0);
  EXPECT_EQ(epochs_until_stuck(UnigramWatch(500), std::nullopt), 0);
}

}  // namespace
}  // namespace runner::schedule
