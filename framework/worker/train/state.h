// What happens to a model's state between two batches.
#pragma once

#include <runner/model.h>

#include <string>

#include "worker/train/snapshot.h"

namespace runner::worker {

// Cuts the graph behind every tensor of the state, so that a gradient ends at the batch's first step. Each lies in
// memory row after row then, as it does when it comes from a checkpoint: how it lies decides what matrix products
// round.
void detach(State& state);

// The state after the last batch, under "state".
void save(const State& state, Snapshot& snapshot);
State state_from(const Snapshot& snapshot, at::Device device);

// The state lies in memory as it will when it comes from a batch before; gradients still go through it.
void lay_out(State& state);

// Whether two tensors of a state have one type, shape and batch dimension; whether all tensors of two states do.
bool is_alike(const StateTensor& one, const StateTensor& other);
bool is_alike(const State& one, const State& other);
// "Float [1, 3, 6], batch dimension 1"
std::string layout_text(const StateTensor& part);

// Throws std::invalid_argument, naming the first tensor that differs, unless the state is laid out as the other.
void check_layout(const State& state, const State& expected);

// How many sequences the state belongs to; none for a model without a state (0).
int64_t batch_size_of(const State& state);

}  // namespace runner::worker
