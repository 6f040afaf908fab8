#pragma once

#include <ATen/ATen.h>
#include <runner/recurrent/module_layer.h>
#include <torch/nn/modules/rnn.h>

namespace runner::recurrent {

// I_t, F_t, O_t = sigm(X_t W_x. + H_{t-1} W_h. + b_.)       G_t = tanh(X_t W_xc + H_{t-1} W_hc + b_c)
// C_t = F_t * C_{t-1} + I_t * G_t                           H_t = O_t * tanh(C_t)
class LstmLayer final : public ModuleLayer<torch::nn::LSTM> {
 public:
  struct Options : RecurrentOptions {
    static Schema<Options> schema() {
      Schema<Options> schema;
      add_network_options(schema);
      add_forget_bias(schema);
      return schema;
    }
    TokenWork token_work() const { return work_of_gates(4); }
  };
  static constexpr size_t kStateParts = 2;  // h and c

  LstmLayer(int64_t inputs, const Options& options)
      : ModuleLayer(torch::nn::LSTM(torch::nn::LSTMOptions(inputs, options.hidden_size)), 4) {}

  at::Tensor forward(const Inputs& x, std::vector<at::Tensor>& state) override {
    const auto [input, parameters] = arguments(x);
    const auto [outputs, h, c] = at::lstm(input, {state[0].unsqueeze(0), state[1].unsqueeze(0)}, parameters, true, 1, 0,
                                          is_training(), false, false);
    state = {h.squeeze(0), c.squeeze(0)};
    return outputs;
  }

  // LibTorch's order: i, f, g, o.
  std::vector<Gate> gates() override {
    auto gates = ModuleLayer::gates();
    gates[1].forgets = true;
    return gates;
  }
};

}  // namespace runner::recurrent
