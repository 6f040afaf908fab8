// Whether a model's logits keep to the past, and what it scores when it must.
#pragma once

#include <runner/dataset.h>

#include <cstdint>

#include "worker/train/guarded_model.h"
#include "worker/train/pulse.h"

namespace runner::worker {

enum class Causality {
  causal,
  sees_future,   // a later token changes earlier logits: the model may read what it shall predict
  unrepeatable,  // two equal calls give different logits, so nothing can be said
};

// Changes one token of the inputs at a time, at several steps, and compares the logits before it bit for bit: effects
// of the future fade within few steps, so no tolerance would do. Weights that start at zero can hide a path, so probe
// again after training. Takes at most seven forward passes over a few rows of the batch. Call it inside
// `in_evaluation`.
Causality probe_causality(GuardedModel& model, const Batch& batch);

struct CausalScore {
  double loss = 0;        // nats per token
  int64_t positions = 0;  // tokens scored
};

// Scores training tokens one by one, each from a forward pass over only those tokens of its chunk that come before it,
// starting from the state that the chunk would start from. Whole chunks, from the first, until at least `positions`
// tokens are scored or all are. Call it inside `in_evaluation`.
CausalScore causal_score(GuardedModel& model, const Dataset& data, uint64_t data_seed, int64_t positions, Pulse& pulse);

}  // namespace runner::worker
