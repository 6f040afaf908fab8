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
// The weights are those of stacked recurrent layers below a softmax, L * 4 U + H * V. From the model's parameters come
// L, the product of those whose unit is `layers`; U, the sum of the squares of those in `units`, the widths; and H, the
// widest; 4 stands for the matrices of a cell. `bidirectional: true` doubles it all. Tokens and V, the vocabulary, are
// facts of the trial's dataset. Whatever is not known counts as 1.
double estimated_work(const Json& config, const Json& facts, const std::vector<ParamSpec>& model_params);

// By falling work; equal ones stay in their order.
void order_longest_first(std::vector<Task>& tasks);

}  // namespace runner::schedule
