// Recurrent layers with hand-written forward and backward passes: on the CPU in 32-bit floats the kernels of this
// folder, elsewhere LibTorch's own (cuDNN on a GPU).
#pragma once

#include <runner/recurrent/layer.h>
#include <runner/recurrent/net.h>

#include "models/fused/sequence.h"

namespace runner::fused {

// Parameters have the names, the shapes and, after the same seed, the values of those of the plugins `rnn`, `gru` and
// `lstm`, so that weights can be exchanged with them.
class FusedLayer : public recurrent::Layer {
 public:
  static constexpr bool kIsRecordable = true;

  FusedLayer(Cell cell, int64_t inputs, int64_t hidden_size);

  at::Tensor forward(const recurrent::Inputs& x, std::vector<at::Tensor>& state) override;
  std::vector<recurrent::Gate> gates() override;

  // As of any module; then the parameters are laid out for what computes with them there.
  void to(at::Device device, at::ScalarType type, bool non_blocking = false) override;
  void to(at::ScalarType type, bool non_blocking = false) override;
  void to(at::Device device, bool non_blocking = false) override;

 private:
  bool has_kernels() const;  // of this folder, for where the parameters are and their type
  // Our kernels read the matrices as [D, G] and [H, G] (sequence.h). LibTorch's functions want them as they are shaped,
  // and cuDNN all parameters in one buffer, of which they become views: it would copy them into one at every call.
  void lay_out();
  at::Tensor run_library(const recurrent::Inputs& x, std::vector<at::Tensor>& state) const;
  at::Tensor run_reset_before(const recurrent::Inputs& x, std::vector<at::Tensor>& state) const;

  const Cell cell_;
  std::shared_ptr<torch::nn::Module> module_;  // for the parameters' names
  LayerWeights weights_;
};

struct GruOptions : recurrent::RecurrentOptions {
  static Schema<GruOptions> schema();
  TokenWork token_work() const { return work_of_gates(gate_count(Cell::gru)); }
};
struct LstmOptions : recurrent::RecurrentOptions {
  static Schema<LstmOptions> schema();
  TokenWork token_work() const { return work_of_gates(gate_count(Cell::lstm)); }
};

struct RnnLayer : FusedLayer {
  using Options = recurrent::RecurrentOptions;
  static constexpr size_t kStateParts = 1;  // h
  RnnLayer(int64_t inputs, const Options& options) : FusedLayer(Cell::rnn, inputs, options.hidden_size) {}
};

struct GruLayer : FusedLayer {
  using Options = GruOptions;
  static constexpr size_t kStateParts = 1;  // h
  GruLayer(int64_t inputs, const Options& options)
      : FusedLayer(options.reset_after ? Cell::gru : Cell::gru_before, inputs, options.hidden_size) {}
};

struct LstmLayer : FusedLayer {
  using Options = LstmOptions;
  static constexpr size_t kStateParts = 2;  // h and c
  LstmLayer(int64_t inputs, const Options& options) : FusedLayer(Cell::lstm, inputs, options.hidden_size) {}
};

}  // namespace runner::fused
