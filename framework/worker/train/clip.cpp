#include "worker/train/clip.h"

#include <ATen/ATen.h>

namespace runner::worker {

at::Tensor global_norm(const std::vector<at::Tensor>& parameters) {
  std::vector<at::Tensor> norms;
  for (const at::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) norms.push_back(parameter.grad().norm());
  }
  if (norms.empty()) return at::zeros({}, parameters.front().options());
  return at::stack(norms).norm();
}

at::Tensor clip_gradients(const std::vector<at::Tensor>& parameters, double limit) {
  const at::NoGradGuard no_grad;
  at::Tensor norm = global_norm(parameters);
  if (limit <= 0) return norm;
  // Not a branch on the norm's value: that would make a GPU wait. A norm of zero gives infinity, and so a factor of 1.
  const at::Tensor factor = at::clamp_max(limit / norm, 1);
  for (const at::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) parameter.mutable_grad().mul_(factor);
  }
  return norm;
}

}  // namespace runner::worker
