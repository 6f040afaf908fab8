// RecurrentNet: inputs, a stack of recurrent layers, an output layer. A plugin writes its layer:
//
//   class GruLayer final : public runner::recurrent::Layer {
//    public:
//     using Options = runner::recurrent::RecurrentOptions;  // or a struct that derives from it
//     static constexpr size_t kStateParts = 1;              // tensors that a layer carries: 1 for h, 2 for h and c
//     GruLayer(int64_t inputs, const Options& options);     // registers its parameters
//     at::Tensor forward(const Inputs& x, std::vector<at::Tensor>& state) override;
//     std::vector<Gate> gates() override;
//   };
//
//   RUNNER_PLUGIN("1.0.0", runner::model<runner::recurrent::RecurrentModel<GruLayer>>("gru", "…"))
//
// Names of parameters: layer0.…, layer0_reverse.…, layer0_norm.…, layer1.…, embedding.weight, output.weight,
// output.bias. Files of weights rely on them: never rename.
#pragma once

#include <runner/nn.h>
#include <runner/recurrent/layer.h>

namespace runner::recurrent {

class RecurrentNet : public torch::nn::Module {
 public:
  // Builds the layers in order, then embedding and output layer: random initialisation depends on it.
  RecurrentNet(RecurrentOptions options, const ModelContext& context, const LayerKind& kind);

  // tokens [T, N] int64 -> logits [T, N, V].
  at::Tensor forward(const at::Tensor& tokens, State& state);

  // state_parts tensors [L * directions, N, H], rows as in LibTorch: layer by layer, forward before backward.
  State initial_state(int64_t batch_size);

 private:
  // One layer with all that belongs to it.
  struct Level {
    std::vector<std::shared_ptr<Layer>> directions;  // forward, and backward if the model has both
    torch::nn::LayerNorm norm{nullptr};              // none without layer_norm
  };

  Level make_level(int64_t l, int64_t inputs, const LayerKind& kind);
  void make_output();
  Inputs inputs_of(const at::Tensor& tokens);
  // Both replace the rows of the state that belong to the level, from `row` on; rows[part][row] is [N, H].
  using Rows = std::vector<std::vector<at::Tensor>>;
  at::Tensor run_level(Level& level, const Inputs& x, Rows& rows, size_t row);
  static at::Tensor run_direction(Layer& layer, const Inputs& x, Rows& rows, size_t row);
  at::Tensor logits(const at::Tensor& h);

  const RecurrentOptions options_;
  const int64_t vocabulary_, width_;  // width_: of a layer's outputs, H times directions
  const size_t state_parts_;
  std::vector<Level> levels_;
  at::Tensor embedding_;               // [V, E]; undefined with one-hot inputs
  torch::nn::Linear output_{nullptr};  // none with tied weights
  at::Tensor tied_bias_;               // [V], with tied weights
};

// The network of a plugin whose layers are all of type L.
template <typename L>
class NetOf : public RecurrentNet {
 public:
  using Options = typename L::Options;
  static constexpr bool kIsRecordable = L::kIsRecordable;
  NetOf(const Options& options, const ModelContext& context)
      : RecurrentNet(options, context,
                     {L::kStateParts, [&options](int64_t inputs) { return std::make_shared<L>(inputs, options); }}) {}
};

template <typename L>
using RecurrentModel = ModuleModel<NetOf<L>>;

}  // namespace runner::recurrent
