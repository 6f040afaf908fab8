// The interface of a model: tokens in, logits out, a state carried between calls.
//
// Shapes: T time steps, N batch, V vocabulary, H hidden units, L layers. Tokens are [T, N] int64, logits [T, N, V].
// Include nothing heavier than ATen/core/Tensor.h here: torch/torch.h costs 16 s a file. Authors who write their model
// as a torch::nn::Module include nn.h instead and never see this interface.
#pragma once

#include <ATen/core/Tensor.h>
#include <runner/params.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace runner {

// One tensor of a recurrent state and the dimension that counts sequences, so that the host can take rows out of a
// state without knowing its meaning: 1 for LibTorch's [L, N, H].
struct StateTensor {
  at::Tensor value;
  int64_t batch_dim = 0;
};

// What a model remembers between two calls of `forward`; its meaning belongs to the model.
using State = std::vector<StateTensor>;

// What a model is built for.
struct ModelContext {
  int64_t vocabulary = 0;  // V: tokens are 0 … V-1, logits have V entries
  at::Device device = at::kCPU;
  at::ScalarType dtype = at::kFloat;
};

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

// The worker owns the loss, the optimizer, gradient clipping, detaching of states and saving, so a model cannot report
// a loss of its own. A model is used from one thread at a time. Random numbers come from LibTorch's default generator
// of the model's device, which the worker seeds: one stream while the model is built, another while it trains.
class Model {
 public:
  virtual ~Model() = default;

  // tokens [T, N] int64 on the model's device -> logits [T, N, V]. Reads `state` and replaces it by the state after the
  // last step: each tensor by one of its type and shape. The graph may reach back through `state`; the worker detaches
  // it between batches.
  virtual at::Tensor forward(const at::Tensor& tokens, State& state) = 0;

  // The state before the first token of `batch_size` sequences.
  virtual State initial_state(int64_t batch_size) = 0;

  // Every trainable tensor, and every other tensor that training changes, by name, in an order that depends on the
  // options alone: optimizers and files rely on it. The tensors are the model's own, not copies.
  virtual NamedTensors named_parameters() = 0;
  virtual NamedTensors named_buffers() = 0;

  // Switches between training (dropout is active) and evaluation.
  virtual void train(bool on) = 0;

  // Moves every parameter and buffer, in place, so that tensors handed out before stay the model's own.
  virtual void to(at::Device device, at::ScalarType dtype) = 0;

  // Whether a step of training may be recorded and replayed on a GPU (a CUDA graph), without another call of forward().
  // True promises that what forward() and its gradient tell the device depends on nothing but shapes: no value is read
  // back from a tensor, and no number that the object counts or draws itself is put into one. Tensors that forward()
  // reads it is given, makes itself in that call, or the object has from the beginning and keeps where they lie: a mask
  // that is kept from one call to the next and replaced when the shape changes is none of these. Random numbers of
  // LibTorch's generator are fine, dropout for example.
  virtual bool is_recordable() const { return false; }
};

// How the host builds models of one kind. Authors get it from `runner::model<…>()` in plugin.h.
class ModelFactory {
 public:
  virtual ~ModelFactory() = default;
  virtual const std::vector<ParamSpec>& params() const = 0;
  // Applies the rules that no single parameter can state. Throws OptionError; touches no tensor.
  virtual void check(const ParamValues& values) const = 0;
  // Touches no tensor. All zero: not known.
  virtual TokenWork token_work(const ParamValues& values) const = 0;
  virtual std::unique_ptr<Model> create(const ParamValues& values, const ModelContext& context) const = 0;
};

}  // namespace runner
