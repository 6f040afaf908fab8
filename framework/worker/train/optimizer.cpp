#include "worker/train/optimizer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "worker/train/device.h"
#include "worker/train/kernels/step_kernels.h"

namespace runner::worker {
namespace {

// Elements that one thread takes at a time. Norms are added up part by part, so this decides their rounding.
constexpr int64_t kPart = 1 << 16;

at::Tensor gradient_of(const Updated& updated) { return updated.parameter.grad(); }

bool is_array(const at::Tensor& x) { return x.is_cpu() && x.scalar_type() == at::kFloat && x.layout() == at::kStrided; }

// Whether the kernels can work on it.
bool lies_in_memory(const Updated& updated) {
  const at::Tensor gradient = gradient_of(updated);
  return is_array(updated.parameter) && updated.parameter.is_non_overlapping_and_dense() &&
         (!gradient.defined() || is_array(gradient));
}

// Makes the elements of parameter and gradient correspond in memory. Those of our models do; after a transposition a
// gradient may lie otherwise.
void bring_into_line(const Updated& updated) {
  const at::Tensor gradient = gradient_of(updated);
  if (!gradient.defined() || gradient.strides() == updated.parameter.strides()) return;
  updated.parameter.mutable_grad() = at::empty_like(updated.parameter).copy_(gradient);
}

void make_room(Updated& updated, size_t kept) {
  while (updated.kept.size() < kept) updated.kept.push_back(at::zeros_like(updated.parameter));
}

void require_begun(const Updated& updated, size_t kept) {
  if (updated.steps > 0 && updated.kept.size() == kept) return;
  throw std::logic_error("a parameter has a gradient and had none when the step began");
}

std::string kept_name(size_t parameter, size_t kept) {
  return "optimizer." + std::to_string(parameter) + "." + std::to_string(kept);
}

template <typename DoPart>
void for_parts(int64_t count, const DoPart& do_part) {
  at::parallel_for(0, (count + kPart - 1) / kPart, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) do_part(i, Part{i * kPart, std::min(kPart, count - i * kPart)});
  });
}

double sum_of_squares(const at::Tensor& x) {
  std::vector<double> parts(static_cast<size_t>((x.numel() + kPart - 1) / kPart));
  for_parts(x.numel(), [&](int64_t i, Part part) {
    parts[static_cast<size_t>(i)] = step_kernels().sum_of_squares(x.data_ptr<float>() + part.first, part.count);
  });
  double sum = 0;
  for (const double part : parts) sum += part;
  return sum;
}

}  // namespace

Optimizer::Optimizer(std::unique_ptr<UpdateRule> rule, std::vector<at::Tensor> parameters) : rule_(std::move(rule)) {
  for (at::Tensor& parameter : parameters) parameters_.push_back({std::move(parameter), {}, 0, {}});
}

at::Tensor Optimizer::step(double clip_norm) {
  begin_step(with_gradient());
  return update(clip_norm);
}

std::vector<size_t> Optimizer::with_gradient() const {
  std::vector<size_t> result;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (gradient_of(parameters_[i]).defined()) result.push_back(i);
  }
  return result;
}

bool Optimizer::lie_in_memory(const std::vector<size_t>& parameters) const {
  return std::all_of(parameters.begin(), parameters.end(), [&](size_t i) { return lies_in_memory(parameters_[i]); });
}

void Optimizer::begin_step(const std::vector<size_t>& parameters) {
  const at::NoGradGuard no_grad;
  for (const size_t i : parameters) {
    make_room(parameters_[i], rule_->kept());
    ++parameters_[i].steps;
  }
  if (!lie_in_memory(parameters)) send_factors(parameters);
}

// The device finds them always in the same place.
void Optimizer::send_factors(const std::vector<size_t>& parameters) {
  const auto count = static_cast<int64_t>(rule_->factors(1).size());
  if (!factors_.defined()) {
    const at::Device device = parameters_.front().parameter.device();
    factors_ = at::zeros({static_cast<int64_t>(parameters_.size()), count}, at::dtype(at::kDouble).device(device));
    for (size_t i = 0; i < parameters_.size(); ++i) parameters_[i].factors = factors_[static_cast<int64_t>(i)].unbind();
  }
  const at::Tensor now = at::zeros(factors_.sizes(), at::kDouble);
  for (const size_t i : parameters) {
    const std::vector<double> factors = rule_->factors(parameters_[i].steps);
    std::copy(factors.begin(), factors.end(), now.data_ptr<double>() + static_cast<int64_t>(i) * count);
  }
  copy_into(now, factors_);
}

at::Tensor Optimizer::update(double clip_norm) {
  const at::NoGradGuard no_grad;
  if (!lie_in_memory(with_gradient())) return update_tensors(clip_norm);
  for (const Updated& updated : parameters_) bring_into_line(updated);
  return update_memory(clip_norm);
}

at::Tensor Optimizer::update_tensors(double clip_norm) {
  std::vector<at::Tensor> norms = {at::zeros({}, parameters_.front().parameter.options())};
  for (const Updated& updated : parameters_) {
    if (gradient_of(updated).defined()) norms.push_back(gradient_of(updated).norm());
  }
  at::Tensor norm = at::stack(norms).norm();
  // Not a branch on the norm's value: that would make a GPU wait. A norm of zero gives infinity, and so a factor of 1.
  const at::Tensor factor = clip_norm > 0 ? at::clamp_max(clip_norm / norm, 1) : at::Tensor();
  for (Updated& updated : parameters_) {
    const at::Tensor gradient = gradient_of(updated);
    if (!gradient.defined()) continue;
    require_begun(updated, rule_->kept());
    rule_->update_tensors(updated, factor.defined() ? gradient.mul_(factor) : gradient);
  }
  return norm;
}

at::Tensor Optimizer::update_memory(double clip_norm) {
  double squares = 0;
  for (const Updated& updated : parameters_) {
    if (gradient_of(updated).defined()) squares += sum_of_squares(gradient_of(updated));
  }
  const double norm = std::sqrt(squares);
  const float scale = clip_norm > 0 && norm > clip_norm ? static_cast<float>(clip_norm / norm) : 1.0f;
  for (Updated& updated : parameters_) {
    const at::Tensor gradient = gradient_of(updated);
    if (!gradient.defined()) continue;
    require_begun(updated, rule_->kept());
    for_parts(gradient.numel(), [&](int64_t, Part part) { rule_->update_memory(updated, gradient, scale, part); });
    // Autograd then notices a graph that still wanted the old values.
    updated.parameter.unsafeGetTensorImpl()->bump_version();
  }
  return at::scalar_tensor(norm, at::kDouble);
}

void Optimizer::save(Snapshot& snapshot) const {
  Json steps = Json::array();
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const Updated& updated = parameters_[i];
    for (size_t k = 0; k < updated.kept.size(); ++k) snapshot.tensors[kept_name(i, k)] = updated.kept[k];
    steps.push_back(updated.steps);
  }
  snapshot.values["optimizer"] = {{"steps", steps}};
}

void Optimizer::restore(const Snapshot& snapshot) {
  const Json& steps = snapshot.values.at("optimizer").at("steps");
  for (size_t i = 0; i < parameters_.size(); ++i) {
    Updated& updated = parameters_[i];
    updated.steps = count_of(steps.at(i), "optimizer.steps");
    if (updated.steps > 0) make_room(updated, rule_->kept());
    for (size_t k = 0; k < updated.kept.size(); ++k) snapshot.copy_to(kept_name(i, k), updated.kept[k]);
  }
}

std::unique_ptr<Optimizer> make_optimizer(const Json& description, std::vector<at::Tensor> parameters) {
  return std::make_unique<Optimizer>(make_update_rule(description), std::move(parameters));
}

}  // namespace runner::worker
