#include "models/scratch/scratch_layer.h"

#include <torch/nn/init.h>

#include <cmath>

namespace runner::scratch {

ScratchLayer::Weights ScratchLayer::make_gate(const std::string& gate, bool forgets) {
  const double limit = 1 / std::sqrt(static_cast<double>(hidden_size_));
  const auto draw = [&](const std::string& name, at::IntArrayRef shape) {
    return register_parameter(name, torch::nn::init::uniform_(at::empty(shape), -limit, limit));
  };
  Weights weights;
  weights.input = draw("W_x" + gate, {inputs_, hidden_size_});
  weights.recurrent = draw("W_h" + gate, {hidden_size_, hidden_size_});
  weights.bias = draw("b_" + gate, {hidden_size_});
  gates_.push_back({weights.input, weights.recurrent, {weights.bias}, forgets});
  return weights;
}

}  // namespace runner::scratch
