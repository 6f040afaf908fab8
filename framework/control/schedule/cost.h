// Which trials to start first, so that no core idles at the end of a sweep while the longest trial goes on alone.
#pragma once

#include <runner/params.h>

#include <vector>

#include "common/json.h"
#include "control/schedule/attempt.h"

namespace runner::schedule {

// How much work a trial is beside others; without a unit. Known before anything runs, so that the order of a sweep is
// always the same, and rough: it need only tell long trials from short ones.
//
//   epochs * tokens of an epoch * weights that each token meets
//
// The weights are what the model says of itself, with one output for each token of the vocabulary. The tokens of an
// epoch and the vocabulary are facts of the trial's dataset. Whatever is not known counts as 1.
double estimated_work(const Json& config, const Json& facts, const TokenWork& model);

// By falling work; equal ones stay in their order.
void order_longest_first(std::vector<Task>& tasks);

}  // namespace runner::schedule
