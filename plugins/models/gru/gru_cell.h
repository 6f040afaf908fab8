#pragma once

#include <torch/nn/modules/rnn.h>

namespace runner::recurrent {

// R_t = sigm(X_t W_xr + H_{t-1} W_hr + b_r)             Z_t = sigm(X_t W_xz + H_{t-1} W_hz + b_z)
// C_t = tanh(X_t W_xh + b_h + R_t * (H_{t-1} W_hh + b_n))   H_t = Z_t * H_{t-1} + (1 - Z_t) * C_t
//
// The reset gate acts after the product, as in torch::nn::GRU.
struct GruCell {
  using Layer = torch::nn::GRU;
  static constexpr size_t kStateParts = 1;  // h

  static Layer make_layer(int64_t inputs, int64_t hidden_size, bool bidirectional) {
    return Layer(torch::nn::GRUOptions(inputs, hidden_size).bidirectional(bidirectional));
  }

  static at::Tensor forward(Layer& layer, const at::Tensor& x, std::vector<at::Tensor>& state) {
    at::Tensor outputs;
    std::tie(outputs, state[0]) = layer->forward(x, state[0]);
    return outputs;
  }
};

}  // namespace runner::recurrent
