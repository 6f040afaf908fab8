#pragma once

#include <torch/nn/modules/rnn.h>

namespace runner::recurrent {

// H_t = tanh(X_t W_xh + H_{t-1} W_hh + b_h)
struct RnnCell {
  using Layer = torch::nn::RNN;
  static constexpr size_t kStateParts = 1;  // h

  static Layer make_layer(int64_t inputs, int64_t hidden_size, bool bidirectional) {
    return Layer(torch::nn::RNNOptions(inputs, hidden_size).nonlinearity(torch::kTanh).bidirectional(bidirectional));
  }

  static at::Tensor forward(Layer& layer, const at::Tensor& x, std::vector<at::Tensor>& state) {
    at::Tensor outputs;
    std::tie(outputs, state[0]) = layer->forward(x, state[0]);
    return outputs;
  }
};

}  // namespace runner::recurrent
