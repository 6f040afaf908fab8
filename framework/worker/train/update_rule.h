// How an optimizer moves one parameter. Rules and defaults are those of torch::optim.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "common/json.h"

namespace runner::worker {

// A parameter and what the optimizer remembers of it.
struct Updated {
  at::Tensor parameter;
  std::vector<at::Tensor> kept;  // shaped and laid out as the parameter; empty before its first step
  int64_t steps = 0;             // that it was updated in
  // The rule's factors of this step, scalars on the parameter's device; empty before an update_tensors needs them.
  std::vector<at::Tensor> factors;
};

// A part of a parameter in memory: `count` elements from `first` on.
struct Part {
  int64_t first = 0, count = 0;
};

class UpdateRule {
 public:
  virtual ~UpdateRule() = default;

  void set_learning_rate(double lr) { lr_ = lr; }

  // How many tensors it keeps of each parameter.
  virtual size_t kept() const = 0;

  // What differs from one step of a parameter to the next and is no tensor: in step number `step`, counted from 1.
  // Always as many.
  virtual std::vector<double> factors(int64_t step) const = 0;

  // Both carry out step number `updated.steps`. The first works on any device, with `updated.factors` and `gradient`
  // already scaled, and tells the device the same in every step: it may be recorded. The second works on 32-bit floats
  // on the CPU, several parts at once if need be, all arrays laid out alike and the gradient still to be multiplied
  // with `scale`.
  virtual void update_tensors(Updated& updated, const at::Tensor& gradient) const = 0;
  virtual void update_memory(Updated& updated, const at::Tensor& gradient, float scale, Part part) const = 0;

 protected:
  explicit UpdateRule(double lr) : lr_(lr) {}
  double lr() const { return lr_; }

 private:
  double lr_;
};

// Of {name: …, options}; see make_optimizer.
std::unique_ptr<UpdateRule> make_update_rule(const Json& description);

}  // namespace runner::worker
