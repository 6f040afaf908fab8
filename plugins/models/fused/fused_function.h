#pragma once

#include "models/fused/sequence.h"

namespace runner::fused {

// sequence.h with derivatives: outputs [T, N, H], and `state` replaced by the state after the last step. Everything is
// on the CPU in 32-bit floats, x maybe tokens; throws std::invalid_argument otherwise, and without any steps. First
// derivatives only, each graph once: what forward saved, backward uses up.
at::Tensor run_layer(Cell cell, const at::Tensor& x, const LayerWeights& weights, std::vector<at::Tensor>& state);

}  // namespace runner::fused
