// What follows for parameters, inputs and state from a trace whose slots hold gradients: one product over all steps
// each. Shapes as in sequence.h.
#pragma once

#include <vector>

#include "models/fused/layer_run.h"

namespace runner::fused {

// `bias_sums`: [slots * H], the slots added up over steps and sequences.
LayerWeights weight_gradients(const LayerRun& run, const Trace& trace, const at::Tensor& bias_sums);

// Of vectors, [T, N, D].
at::Tensor x_gradient(const LayerRun& run, const Trace& trace);

// Of the state before the first step. `carry`: what reaches it without a product, of h or, for an LSTM, of c, [N, H].
std::vector<at::Tensor> state_gradients(const LayerRun& run, const Trace& trace, const at::Tensor& carry);

}  // namespace runner::fused
