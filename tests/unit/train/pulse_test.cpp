#include "worker/train/pulse.h"

#include <gtest/gtest.h>

#include <thread>

#include "unit/train/support.h"

namespace runner::test {
namespace {

TEST(Pulse, ShowsLifeOnceASecondBeforeThereAreAnyNumbers) {
  RecordedEvents events;
  const SwitchedStop stop;
  worker::Pulse pulse(7, events, stop);
  pulse.keep_alive();
  EXPECT_TRUE(events.all.empty()) << "it has just begun";
  while (!pulse.due()) std::this_thread::yield();
  pulse.keep_alive();
  pulse.keep_alive();
  ASSERT_EQ(events.all.size(), 1u);
  EXPECT_EQ(events.all[0].type, "alive");
  EXPECT_EQ(events.all[0].body.at("trial"), 7);
}

}  // namespace
}  // namespace runner::test
