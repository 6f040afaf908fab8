// A plugin's model, held to its contract.
#pragma once

#include <runner/model.h>

#include <memory>
#include <string>
#include <vector>

#include "worker/train/snapshot.h"

namespace runner::worker {

// Forwards to the model and checks every answer: shapes, device, type, number of state tensors. A breach throws
// std::runtime_error with a message for the model's author. The checks read no values, so they cost no time on a GPU.
class GuardedModel {
 public:
  // `name` is what the experiment calls the model.
  GuardedModel(std::unique_ptr<Model> model, std::string name, const ModelContext& context);

  const ModelContext& context() const { return context_; }

  at::Tensor forward(const at::Tensor& tokens, State& state);
  State initial_state(int64_t batch_size);
  void train(bool on) { model_->train(on); }
  bool is_recordable() const { return model_->is_recordable(); }

  // What an optimizer updates: every parameter that wants a gradient, in order, a tensor with two names once.
  const std::vector<at::Tensor>& trainable() const { return trainable_; }
  // Trainable scalars.
  int64_t parameter_count() const;
  // Parameters and then buffers, in order.
  NamedTensors named_tensors();

  // The same under "model". Restoring copies into them.
  void save(Snapshot& snapshot);
  void restore(const Snapshot& snapshot);

 private:
  void check_logits(const at::Tensor& logits, const at::Tensor& tokens) const;
  // `before`: the state that forward() was given.
  void check_successor(const State& before, const State& after) const;
  void check_state(const State& state, int64_t batch_size, const char* source) const;
  [[noreturn]] void blame(const std::string& what) const;

  const std::unique_ptr<Model> model_;
  const std::string name_;
  const ModelContext context_;
  std::vector<at::Tensor> trainable_;
};

}  // namespace runner::worker
