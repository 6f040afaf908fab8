#pragma once

#include <ATen/ATen.h>
#include <runner/recurrent/module_layer.h>
#include <torch/nn/modules/rnn.h>

namespace runner::recurrent {

// R_t = sigm(X_t W_xr + H_{t-1} W_hr + b_r)             Z_t = sigm(X_t W_xz + H_{t-1} W_hz + b_z)
// C_t = tanh(X_t W_xh + b_h + R_t * (H_{t-1} W_hh + b_n))   H_t = Z_t * H_{t-1} + (1 - Z_t) * C_t
//
// The reset gate acts after the product, as in torch::nn::GRU.
class GruLayer final : public ModuleLayer<torch::nn::GRU> {
 public:
  struct Options : RecurrentOptions {
    static Schema<Options> schema() {
      Schema<Options> schema;
      add_network_options(schema);
      return schema;
    }
    TokenWork token_work() const { return work_of_gates(3); }
  };
  static constexpr size_t kStateParts = 1;  // h

  GruLayer(int64_t inputs, const Options& options)
      : ModuleLayer(torch::nn::GRU(torch::nn::GRUOptions(inputs, options.hidden_size)), 3) {}

  at::Tensor forward(const Inputs& x, std::vector<at::Tensor>& state) override {
    const auto [input, parameters] = arguments(x);
    const auto [outputs, h] =
        at::gru(input, state[0].unsqueeze(0), parameters, true, 1, 0, is_training(), false, false);
    state[0] = h.squeeze(0);
    return outputs;
  }
};

}  // namespace runner::recurrent
