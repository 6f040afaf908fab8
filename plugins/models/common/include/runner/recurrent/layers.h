// The parts of a recurrent network around its cells.
#pragma once

#include <runner/model.h>

namespace runner::recurrent {

// tokens [T, N] int64 in 0 … V-1 -> [T, N, V] of `dtype`: 1 at the token, 0 elsewhere.
at::Tensor one_hot_inputs(const at::Tensor& tokens, int64_t vocabulary, at::ScalarType dtype);

// `parts` zero tensors [rows, N, H] like `like` (device and type): a cell's states before the first token, with one row
// for each layer and direction.
State zero_state(size_t parts, int64_t rows, int64_t batch_size, int64_t hidden_size, const at::Tensor& like);

// The rows of one layer, `rows` of them, of every part of a state: [rows, N, H] each.
std::vector<at::Tensor> layer_state(const State& state, int64_t layer, int64_t rows);

// The reverse, for all layers: [layer][part] -> a state of [layers * rows, N, H] tensors.
State join_layers(const std::vector<std::vector<at::Tensor>>& layers);

// Zeroes each element with probability `p` and scales the rest by 1 / (1 - p), while training. LibTorch's own generator
// decides: cuDNN's dropout inside of a stack of layers cannot be repeated exactly.
at::Tensor drop_outputs(const at::Tensor& outputs, double p, bool training);

}  // namespace runner::recurrent
