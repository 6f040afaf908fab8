// RecurrentNet<Cell>: one-hot inputs, a stack of recurrent layers, a linear output layer.
//
// A cell says what one layer computes. It is a struct of static members:
//
//   struct GruCell {
//     using Layer = torch::nn::GRU;             // a module holder
//     static constexpr size_t kStateParts = 1;  // tensors that a layer carries: 1 for h, 2 for h and c
//     static Layer make_layer(int64_t inputs, int64_t hidden_size, bool bidirectional);
//     static at::Tensor forward(Layer& layer, const at::Tensor& x, std::vector<at::Tensor>& state);
//   };
//
// `forward` takes x [T, N, inputs] to [T, N, H], or [T, N, 2H] with both directions, and replaces `state`: kStateParts
// tensors [rows, N, H], where rows is 1, or 2 with both directions.
//
//   RUNNER_PLUGIN("1.0.0", runner::model<runner::recurrent::RecurrentModel<GruCell>>("gru", "…"))
//
// Names of parameters: layer0.…, layer1.…, output.weight, output.bias. Files of weights rely on them: never rename.
#pragma once

#include <runner/nn.h>
#include <runner/recurrent/layers.h>
#include <runner/recurrent/options.h>

namespace runner::recurrent {

template <typename Cell>
class RecurrentNet : public torch::nn::Module {
 public:
  using Options = RecurrentOptions;

  // The layers are built in order, then the output layer: random initialisation depends on it.
  RecurrentNet(const Options& options, const ModelContext& context)
      : options_(options), vocabulary_(context.vocabulary), directions_(options.bidirectional ? 2 : 1) {
    const int64_t width = directions_ * options.hidden_size;
    for (int64_t l = 0; l < options.num_layers; ++l) {
      auto layer = Cell::make_layer(l == 0 ? vocabulary_ : width, options.hidden_size, options.bidirectional);
      layers_.push_back(register_module("layer" + std::to_string(l), layer));
    }
    output_ = register_module("output", torch::nn::Linear(width, vocabulary_));
  }

  at::Tensor forward(const at::Tensor& tokens, State& state) {
    at::Tensor x = one_hot_inputs(tokens, vocabulary_, output_->weight.scalar_type());
    std::vector<std::vector<at::Tensor>> states;
    for (size_t l = 0; l < layers_.size(); ++l) {
      if (l > 0) x = drop_outputs(x, options_.dropout, is_training());
      states.push_back(layer_state(state, static_cast<int64_t>(l), directions_));
      x = Cell::forward(layers_[l], x, states.back());
    }
    state = join_layers(states);
    return output_->forward(x);
  }

  // kStateParts tensors [L * directions, N, H], rows as in LibTorch: layer by layer, forward before backward.
  State initial_state(int64_t batch_size) {
    const int64_t rows = options_.num_layers * directions_;
    return zero_state(Cell::kStateParts, rows, batch_size, options_.hidden_size, output_->weight);
  }

 private:
  const Options options_;
  const int64_t vocabulary_, directions_;
  std::vector<typename Cell::Layer> layers_;
  torch::nn::Linear output_{nullptr};
};

template <typename Cell>
using RecurrentModel = ModuleModel<RecurrentNet<Cell>>;

}  // namespace runner::recurrent
