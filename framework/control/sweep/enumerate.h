// The arms of a space, in order.
#pragma once

#include <vector>

#include "control/sweep/registry.h"
#include "control/sweep/space.h"

namespace runner::sweep {

// Every combination of a trial entry with the axes that are active for it. Entries vary slowest, then axes in the order
// of the file. An inactive axis gives one point. Conditions that depend on each other, and more than kMaxTrials trials
// with `seeds` seeds an arm, go to `problems`; then there are no arms.
std::vector<Arm> enumerate(const Space& space, const Registry& registry, size_t seeds, const config::Place& where,
                           config::Problems& problems);

}  // namespace runner::sweep
