// What a recurrent plugin writes: one layer, in one direction.
#pragma once

#include <runner/recurrent/inputs.h>
#include <runner/recurrent/options.h>
#include <torch/nn/module.h>

#include <functional>
#include <memory>
#include <vector>

namespace runner::recurrent {

// The tensors of one gate, views into the layer's parameters: what initialise.h fills.
struct Gate {
  at::Tensor input;                // [D, H] or [H, D]
  at::Tensor recurrent;            // [H, H]
  std::vector<at::Tensor> biases;  // [H] each; their sum acts
  bool forgets = false;            // the forget gate of an LSTM
};

class Layer : public torch::nn::Module {
 public:
  // A layer that can promise what Model::is_recordable() asks for has its own, true: also for what derives from it.
  static constexpr bool kIsRecordable = false;

  // x of T steps, N sequences -> outputs [T, N, H]. `state`: [N, H] for each part, before the first step; replaced by
  // those after the last.
  virtual at::Tensor forward(const Inputs& x, std::vector<at::Tensor>& state) = 0;

  // All gates; a plain RNN has one.
  virtual std::vector<Gate> gates() = 0;
};

// How the layers of a network are made.
struct LayerKind {
  size_t state_parts = 1;                                      // tensors that a layer carries: 1 for h, 2 for h and c
  std::function<std::shared_ptr<Layer>(int64_t inputs)> make;  // `inputs`: D
};

}  // namespace runner::recurrent
