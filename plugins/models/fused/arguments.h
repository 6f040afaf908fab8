#pragma once

#include <vector>

#include "models/fused/sequence.h"

namespace runner::fused {

// Throws std::invalid_argument, saying which argument it is and what was expected, unless there is at least one step
// and everything is on the CPU in 32-bit floats, but for tokens.
void check_arguments(const at::Tensor& x, const LayerWeights& weights, const std::vector<at::Tensor>& state);

}  // namespace runner::fused
