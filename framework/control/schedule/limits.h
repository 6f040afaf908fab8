// The limits that `run:` sets for an attempt: how long it may take, how long it may be silent, how much memory it may
// have.
#pragma once

#include <optional>
#include <string>

#include "control/schedule/attempt.h"
#include "control/sweep/plan.h"

namespace runner::schedule {

struct Excess {
  EndReason reason = EndReason::none;
  std::string sentence;  // what it did, what was allowed, and by which option
};

// The limit that a running attempt is beyond, if there is one.
std::optional<Excess> excess_of(const Attempt& attempt, const sweep::RunOptions& run);

}  // namespace runner::schedule
