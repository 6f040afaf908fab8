// Optimizers: clipping and update in one step.
//
// On the CPU that is two passes: over the gradients for their norm, which must be known before the first parameter can
// change, and over parameters, gradients and what the rule keeps, all together. Each parameter is walked where the
// model has it. One flat buffer for all would save a few calls a step, no memory traffic, and would take from models
// the say in how their parameters lie: transposed for the fused kernels, in cuDNN's buffer on a GPU.
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

  // A step: `begin_step` for those that have a gradient, and `update`.
  at::Tensor step(double clip_norm);

  // Counts a step of these parameters and tells the device what is new in it: the learning rate, Adam's corrections.
  void begin_step(const std::vector<size_t>& parameters);
  // Updates every parameter that has a gradient, for which a step must have begun. When the Euclidean norm over all
  // gradients together is above `clip_norm` they count as scaled down to it; 0 = never. Returns the norm before that, a
  // scalar on the parameters' device, from which nothing is read back. Gradients may be changed. Elsewhere than on the
  // CPU the device is told the same in every step, so that it may be recorded.
  at::Tensor update(double clip_norm);

  // Numbers of the parameters that have a gradient.
  std::vector<size_t> with_gradient() const;

  // Of the steps to come.
  void set_learning_rate(double lr) { rule_->set_learning_rate(lr); }

  // What it remembers of each parameter, under "optimizer".
  void save(Snapshot& snapshot) const;
  void restore(const Snapshot& snapshot);

 private:
  bool lie_in_memory(const std::vector<size_t>& parameters) const;
  void send_factors(const std::vector<size_t>& parameters);
  at::Tensor update_tensors(double clip_norm);
  at::Tensor update_memory(double clip_norm);

  const std::unique_ptr<UpdateRule> rule_;
  std::vector<Updated> parameters_;
  at::Tensor factors_;  // [parameters, factors], float64, on their device; undefined until they are needed
};

// The optimizer that `train.optimizer` describes: {name: sgd | adam | adamw | rmsprop, and options as declared in
// common/training.h}. Throws std::invalid_argument for an unknown name or option.
std::unique_ptr<Optimizer> make_optimizer(const Json& description, std::vector<at::Tensor> parameters);

}  // namespace runner::worker
