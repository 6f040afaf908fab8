// What happens to a model's state between two batches.
#pragma once

#include <runner/model.h>

namespace runner::worker {

// Cuts the graph behind every tensor of the state, so that a gradient ends at the batch's first step.
void detach(State& state);

// How many sequences the state belongs to; none for a model without a state (0).
int64_t batch_size_of(const State& state);

}  // namespace runner::worker
