// Text from a model.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/train/guarded_model.h"
#include "worker/train/pulse.h"

namespace runner::worker {

// Greedy continuation of a prefix (at least one token): from a zero state the prefix is fed one token a call, then
// `length` times the most likely token, the state carried. Returns what was generated, without the prefix. Call it
// inside `in_evaluation`.
std::vector<int64_t> continue_greedily(GuardedModel& model, const std::vector<int64_t>& prefix, int64_t length,
                                       Pulse& pulse);

}  // namespace runner::worker
