// ModuleLayer<Wrapped>: a single-layer torch::nn::RNN, GRU or LSTM as a Layer.
#pragma once

#include <runner/recurrent/layer.h>

#include <tuple>

namespace runner::recurrent {

// `Wrapped` is a module holder; `gate_count` says how many blocks of H rows its weights have.
template <typename Wrapped>
class ModuleLayer : public Layer {
 public:
  static constexpr bool kIsRecordable = true;

  // The gates in the order of the module's rows.
  std::vector<Gate> gates() override {
    std::vector<Gate> result;
    auto named = module_->named_parameters();
    const auto blocks = [&](const char* name) { return named[name].chunk(gate_count_, 0); };
    const auto input = blocks("weight_ih_l0"), recurrent = blocks("weight_hh_l0");
    const auto first_bias = blocks("bias_ih_l0"), second_bias = blocks("bias_hh_l0");
    for (size_t i = 0; i < input.size(); ++i) {
      result.push_back({input[i], recurrent[i], {first_bias[i], second_bias[i]}});
    }
    return result;
  }

 protected:
  ModuleLayer(Wrapped module, int64_t gate_count)
      : module_(register_module("module", std::move(module))), gate_count_(gate_count) {}

  // The arguments of LibTorch's functions: the inputs, and the parameters in the order of the module's.
  struct Arguments {
    at::Tensor x;
    std::vector<at::Tensor> parameters;
  };
  Arguments arguments(const Inputs& inputs) const {
    auto [x, weight] = inputs.factors(module_->named_parameters()["weight_ih_l0"]);
    std::vector<at::Tensor> parameters = module_->parameters();
    parameters.front() = std::move(weight);
    return {std::move(x), std::move(parameters)};
  }

 private:
  Wrapped module_;
  const int64_t gate_count_;
};

}  // namespace runner::recurrent
