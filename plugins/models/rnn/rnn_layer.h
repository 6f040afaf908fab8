#pragma once

#include <ATen/ATen.h>
#include <runner/recurrent/module_layer.h>
#include <torch/nn/modules/rnn.h>

namespace runner::recurrent {

// H_t = tanh(X_t W_xh + H_{t-1} W_hh + b_h)
class RnnLayer final : public ModuleLayer<torch::nn::RNN> {
 public:
  using Options = RecurrentOptions;
  static constexpr size_t kStateParts = 1;  // h

  RnnLayer(int64_t inputs, const Options& options)
      : ModuleLayer(torch::nn::RNN(torch::nn::RNNOptions(inputs, options.hidden_size).nonlinearity(torch::kTanh)), 1) {}

  at::Tensor forward(const Inputs& x, std::vector<at::Tensor>& state) override {
    const auto [input, parameters] = arguments(x);
    const auto [outputs, h] =
        at::rnn_tanh(input, state[0].unsqueeze(0), parameters, true, 1, 0, is_training(), false, false);
    state[0] = h.squeeze(0);
    return outputs;
  }
};

}  // namespace runner::recurrent
