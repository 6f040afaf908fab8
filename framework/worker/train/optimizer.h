// Optimizers: clipping and update in one step, at most two passes over the parameters.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "common/json.h"
#include "worker/train/snapshot.h"
#include "worker/train/update_rule.h"

namespace runner::worker {

class Optimizer {
 public:
  // The parameters are not empty, and stay the model's own.
  Optimizer(std::unique_ptr<UpdateRule> rule, std::vector<at::Tensor> parameters);

  // Updates every parameter that has a gradient. When the Euclidean norm over all gradients together is above
  // `clip_norm` they count as scaled down to it; 0 = never. Returns the norm before that, a scalar on the parameters'
  // device, from which nothing is read back. Gradients may be changed.
  at::Tensor step(double clip_norm);

  // Of the steps to come.
  void set_learning_rate(double lr) { rule_->set_learning_rate(lr); }

  // What it remembers of each parameter, under "optimizer".
  void save(Snapshot& snapshot) const;
  void restore(const Snapshot& snapshot);

 private:
  at::Tensor step_on_tensors(double clip_norm);
  at::Tensor step_in_memory(double clip_norm);

  const std::unique_ptr<UpdateRule> rule_;
  std::vector<Updated> parameters_;
};

// The optimizer that `train.optimizer` describes: {name: sgd | adam | adamw | rmsprop, and options as declared in
// common/training.h}. Throws std::invalid_argument for an unknown name or option.
std::unique_ptr<Optimizer> make_optimizer(const Json& description, std::vector<at::Tensor> parameters);

}  // namespace runner::worker
