#pragma once

#include <torch/nn/modules/rnn.h>

namespace runner::recurrent {

// I_t, F_t, O_t = sigm(X_t W_x. + H_{t-1} W_h. + b_.)       G_t = tanh(X_t W_xc + H_{t-1} W_hc + b_c)
// C_t = F_t * C_{t-1} + I_t * G_t                           H_t = O_t * tanh(C_t)
struct LstmCell {
  using Layer = torch::nn::LSTM;
  static constexpr size_t kStateParts = 2;  // h and c

  static Layer make_layer(int64_t inputs, int64_t hidden_size, bool bidirectional) {
    return Layer(torch::nn::LSTMOptions(inputs, hidden_size).bidirectional(bidirectional));
  }

  static at::Tensor forward(Layer& layer, const at::Tensor& x, std::vector<at::Tensor>& state) {
    auto [outputs, next] = layer->forward(x, std::make_tuple(state[0], state[1]));
    std::tie(state[0], state[1]) = std::move(next);
    return outputs;
  }
};

}  // namespace runner::recurrent
