#pragma once

#include <torch/optim/optimizer.h>

#include <memory>
#include <vector>

#include "common/json.h"

namespace runner::worker {

// The optimizer that `train.optimizer` describes: {name: sgd | adam | adamw | rmsprop, and options as declared in
// common/training.h}. Throws std::invalid_argument for an unknown name or option.
std::unique_ptr<torch::optim::Optimizer> make_optimizer(const Json& description, std::vector<at::Tensor> parameters);

// Sets the learning rate of the steps to come.
void set_learning_rate(torch::optim::Optimizer& optimizer, double lr);

}  // namespace runner::worker
