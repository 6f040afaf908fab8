#include "worker/train/update_rule.h"

#include <ATen/ATen.h>

#include <cmath>
#include <stdexcept>
#include <string>

#include "common/params_json.h"
#include "common/training.h"
#include "worker/train/kernels/step_kernels.h"

namespace runner::worker {
namespace {

float* at_part(const at::Tensor& x, Part part) { return x.data_ptr<float>() + part.first; }

float rounded(double x) { return static_cast<float>(x); }

at::Tensor with_decay(const at::Tensor& gradient, const at::Tensor& parameter, double weight_decay) {
  return weight_decay == 0 ? gradient : gradient.add(parameter, weight_decay);
}

class Sgd final : public UpdateRule {
 public:
  explicit Sgd(const SgdOptions& options) : UpdateRule(options.lr), options_(options) {}
  size_t kept() const override { return options_.momentum == 0 ? 0 : 1; }
  std::vector<double> factors(int64_t /*step*/) const override { return {lr()}; }

  void update_tensors(Updated& updated, const at::Tensor& gradient) const override {
    at::Tensor move = with_decay(gradient, updated.parameter, options_.weight_decay);
    if (kept() > 0) {
      at::Tensor& momentum = updated.kept[0];  // of zeros at first
      momentum.mul_(options_.momentum).add_(move);
      move = options_.nesterov ? move.add(momentum, options_.momentum) : momentum;
    }
    updated.parameter.sub_(move * updated.factors[0]);
  }

  void update_memory(Updated& updated, const at::Tensor& gradient, float scale, Part part) const override {
    SgdStep step;
    step.lr = rounded(lr()), step.momentum = rounded(options_.momentum);
    step.weight_decay = rounded(options_.weight_decay);
    step.nesterov = options_.nesterov;
    step.first = updated.steps == 1;
    step.gradient_scale = scale;
    step_kernels().sgd(step, at_part(updated.parameter, part), at_part(gradient, part),
                       kept() > 0 ? at_part(updated.kept[0], part) : nullptr, part.count);
  }

 private:
  const SgdOptions options_;
};

// Adam, and AdamW where the decay acts on the weights themselves.
class Adam final : public UpdateRule {
 public:
  Adam(const AdamOptions& options, bool decays_weights)
      : UpdateRule(options.lr),
        options_(options),
        gradient_decay_(decays_weights ? 0 : options.weight_decay),
        weights_decay_(decays_weights ? options.weight_decay : 0) {}
  size_t kept() const override { return 2; }

  std::vector<double> factors(int64_t step) const override {
    return {1 - lr() * weights_decay_, 1 / std::sqrt(correction(options_.beta2, step)),
            lr() / correction(options_.beta1, step)};
  }

  void update_tensors(Updated& updated, const at::Tensor& gradient) const override {
    const at::Tensor &weight_factor = updated.factors[0], &second_correction = updated.factors[1],
                     &step_size = updated.factors[2];
    if (weights_decay_ != 0) updated.parameter.mul_(weight_factor);
    const at::Tensor g = with_decay(gradient, updated.parameter, gradient_decay_);
    at::Tensor &mean = updated.kept[0], &square = updated.kept[1];
    mean.mul_(options_.beta1).add_(g, 1 - options_.beta1);
    square.mul_(options_.beta2).addcmul_(g, g, 1 - options_.beta2);
    const at::Tensor size = square.sqrt().mul_(second_correction).add_(options_.eps);
    updated.parameter.sub_((mean / size).mul_(step_size));
  }

  void update_memory(Updated& updated, const at::Tensor& gradient, float scale, Part part) const override {
    const std::vector<double> factors = this->factors(updated.steps);
    AdamStep step;
    step.beta1 = rounded(options_.beta1), step.new_mean = rounded(1 - options_.beta1);
    step.beta2 = rounded(options_.beta2), step.new_square = rounded(1 - options_.beta2);
    step.eps = rounded(options_.eps);
    step.weight_factor = rounded(factors[0]);
    step.second_correction = rounded(factors[1]);
    step.step_size = rounded(factors[2]);
    step.weight_decay = rounded(gradient_decay_);
    step.gradient_scale = scale;
    step_kernels().adam(step, at_part(updated.parameter, part), at_part(gradient, part), at_part(updated.kept[0], part),
                        at_part(updated.kept[1], part), part.count);
  }

 private:
  // The running mean began at 0, which this makes up for.
  static double correction(double beta, int64_t step) { return 1 - std::pow(beta, static_cast<double>(step)); }

  const AdamOptions options_;
  const double gradient_decay_, weights_decay_;
};

class Rmsprop final : public UpdateRule {
 public:
  explicit Rmsprop(const RmspropOptions& options) : UpdateRule(options.lr), options_(options) {}
  size_t kept() const override { return options_.momentum == 0 ? 1 : 2; }
  std::vector<double> factors(int64_t /*step*/) const override { return {lr()}; }

  void update_tensors(Updated& updated, const at::Tensor& gradient) const override {
    const at::Tensor g = with_decay(gradient, updated.parameter, options_.weight_decay);
    at::Tensor& square = updated.kept[0];
    square.mul_(options_.alpha).addcmul_(g, g, 1 - options_.alpha);
    at::Tensor move = g / square.sqrt().add_(options_.eps);
    if (kept() > 1) move = updated.kept[1].mul_(options_.momentum).add_(move);
    updated.parameter.sub_(move * updated.factors[0]);
  }

  void update_memory(Updated& updated, const at::Tensor& gradient, float scale, Part part) const override {
    RmspropStep step;
    step.lr = rounded(lr()), step.momentum = rounded(options_.momentum);
    step.alpha = rounded(options_.alpha), step.new_square = rounded(1 - options_.alpha);
    step.eps = rounded(options_.eps);
    step.weight_decay = rounded(options_.weight_decay);
    step.gradient_scale = scale;
    step_kernels().rmsprop(step, at_part(updated.parameter, part), at_part(gradient, part),
                           at_part(updated.kept[0], part), kept() > 1 ? at_part(updated.kept[1], part) : nullptr,
                           part.count);
  }

 private:
  const RmspropOptions options_;
};

}  // namespace

std::unique_ptr<UpdateRule> make_update_rule(const Json& description) {
  Json options = description;
  const auto name = options.value("name", std::string());
  options.erase("name");
  if (name == "sgd") return std::make_unique<Sgd>(options_from<SgdOptions>(options));
  if (name == "adam") return std::make_unique<Adam>(options_from<AdamOptions>(options), false);
  if (name == "adamw") return std::make_unique<Adam>(options_from<AdamwOptions>(options), true);
  if (name == "rmsprop") return std::make_unique<Rmsprop>(options_from<RmspropOptions>(options));
  throw std::invalid_argument("unknown optimizer \"" + name + "\"; expected sgd, adam, adamw or rmsprop");
}

}  // namespace runner::worker
