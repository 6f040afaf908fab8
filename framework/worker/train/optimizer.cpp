#include "worker/train/optimizer.h"

#include <torch/optim.h>

#include <stdexcept>

#include "common/params_json.h"
#include "common/training.h"

namespace runner::worker {
namespace {

using Parameters = std::vector<at::Tensor>;
using OptimizerPtr = std::unique_ptr<torch::optim::Optimizer>;

OptimizerPtr make(const SgdOptions& o, Parameters parameters) {
  return std::make_unique<torch::optim::SGD>(
      std::move(parameters),
      torch::optim::SGDOptions(o.lr).momentum(o.momentum).weight_decay(o.weight_decay).nesterov(o.nesterov));
}

template <typename Optimizer, typename TorchOptions>
OptimizerPtr make_adam(const AdamOptions& o, Parameters parameters) {
  return std::make_unique<Optimizer>(
      std::move(parameters),
      TorchOptions(o.lr).betas(std::make_tuple(o.beta1, o.beta2)).eps(o.eps).weight_decay(o.weight_decay));
}

OptimizerPtr make(const RmspropOptions& o, Parameters parameters) {
  return std::make_unique<torch::optim::RMSprop>(
      std::move(parameters),
      torch::optim::RMSpropOptions(o.lr).alpha(o.alpha).eps(o.eps).momentum(o.momentum).weight_decay(o.weight_decay));
}

}  // namespace

OptimizerPtr make_optimizer(const Json& description, Parameters parameters) {
  Json options = description;
  const auto name = options.value("name", std::string());
  options.erase("name");
  if (name == "sgd") return make(options_from<SgdOptions>(options), std::move(parameters));
  if (name == "adam") {
    return make_adam<torch::optim::Adam, torch::optim::AdamOptions>(options_from<AdamOptions>(options),
                                                                    std::move(parameters));
  }
  if (name == "adamw") {
    return make_adam<torch::optim::AdamW, torch::optim::AdamWOptions>(options_from<AdamwOptions>(options),
                                                                      std::move(parameters));
  }
  if (name == "rmsprop") return make(options_from<RmspropOptions>(options), std::move(parameters));
  throw std::invalid_argument("unknown optimizer \"" + name + "\"; expected sgd, adam, adamw or rmsprop");
}

}  // namespace runner::worker
