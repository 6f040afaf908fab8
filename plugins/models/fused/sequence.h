// A recurrent layer over a whole sequence, forward and backward, in 32-bit floats on the CPU.
//
// Shapes: T time steps, N batch, D inputs, H units, G = gates * H.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "models/fused/cell.h"

namespace runner::fused {

// The parameters of a layer, named and shaped as LibTorch's. The matrices lie in memory the other way round, [D, G] and
// [H, G], so that a token's row is contiguous.
struct LayerWeights {
  at::Tensor input, recurrent;            // [G, D], [G, H]
  at::Tensor input_bias, recurrent_bias;  // [G]
};

// What forward leaves: the outputs, and what backward needs.
struct Trace {
  at::Tensor h;      // [T + 1, N, H], the state before the first step and after each
  at::Tensor c;      // the same for the memory cell of an LSTM
  at::Tensor slots;  // [T, N, slots * H, maybe a few more], see cell_kernels.h; undefined when nothing was recorded
};

// x: tokens [T, N] int64 or vectors [T, N, D]. `state`: h and, for an LSTM, c, [N, H] each. `record`: whether backward
// will be called. Throws std::out_of_range for a token that is no row of the weights.
Trace run_forward(Cell cell, const at::Tensor& x, const LayerWeights& weights, const std::vector<at::Tensor>& state,
                  bool record);

struct Gradients {
  at::Tensor x;                   // [T, N, D]; undefined for tokens, or when not wanted
  LayerWeights weights;           // shaped and laid out as the parameters
  std::vector<at::Tensor> state;  // of h and, for an LSTM, c; empty when not wanted
};

struct Wanted {
  bool x = false, state = false;
};

// From the gradients of the outputs [T, N, H] and of the final state, [N, H] each, any of them undefined for zero. Uses
// up the trace: call it once.
Gradients run_backward(Cell cell, const at::Tensor& x, const LayerWeights& weights, Trace& trace,
                       const at::Tensor& d_outputs, const std::vector<at::Tensor>& d_state, const Wanted& wanted);

}  // namespace runner::fused
