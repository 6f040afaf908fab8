#include "control/schedule/silence_watch.h"

#include <algorithm>

namespace runner::schedule {
namespace {

constexpr double kHostStart = 120;  // seconds

}  // namespace

double SilenceWatch::seconds() const { return std::chrono::duration<double>(Clock::now() - last_sign_).count(); }

bool SilenceWatch::is_longer_than(const Duration& longest) const {
  if (longest.seconds == 0) return false;
  return seconds() > (is_forked_ ? longest.seconds : std::max(kHostStart, longest.seconds));
}

}  // namespace runner::schedule
