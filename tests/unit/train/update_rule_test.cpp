// Ten steps of every optimizer against torch::optim in double precision.
#include <cmath>
#include <functional>
#include <memory>
#include <ostream>
#include <stdexcept>

#include "unit/numbers.h"
#include "worker/train/optimizer.h"

namespace runner::test {
namespace {

namespace optim = torch::optim;
using Parameters = std::vector<at::Tensor>;

struct Rule {
  std::string name;
  Json description;
  std::function<std::unique_ptr<optim::Optimizer>(const Parameters&)> reference;

  friend std::ostream& operator<<(std::ostream& out, const Rule& rule) { return out << rule.description; }
};

template <typename Optimizer, typename Options>
auto made_with(const Options& options) {
  return [options](const Parameters& parameters) { return std::make_unique<Optimizer>(parameters, options); };
}

std::vector<Rule> rules() {
  const Json nesterov = {{"name", "sgd"}, {"lr", 0.1}, {"momentum", 0.8}, {"weight_decay", 0.05}, {"nesterov", true}};
  const Json adam = {{"name", "adam"}, {"lr", 0.02}, {"beta1", 0.8}, {"beta2", 0.95}, {"eps", 1e-4}};
  Json decaying_adam = adam, adamw = adam;
  decaying_adam["weight_decay"] = 0.1;
  adamw["name"] = "adamw";
  const Json rmsprop = {{"name", "rmsprop"}, {"lr", 0.02}, {"alpha", 0.9}, {"eps", 1e-4}, {"weight_decay", 0.1}};
  Json moving_rmsprop = rmsprop;
  moving_rmsprop["momentum"] = 0.7;
  const auto adam_options = [](auto options) { return options.betas({0.8, 0.95}).eps(1e-4); };
  const auto rmsprop_options = optim::RMSpropOptions(0.02).alpha(0.9).eps(1e-4).weight_decay(0.1);
  auto moving_options = rmsprop_options;
  moving_options.momentum(0.7);
  return {
      {"sgd", {{"name", "sgd"}, {"lr", 0.1}}, made_with<optim::SGD>(optim::SGDOptions(0.1))},
      {"sgd_decay",
       {{"name", "sgd"}, {"lr", 0.1}, {"weight_decay", 0.3}},
       made_with<optim::SGD>(optim::SGDOptions(0.1).weight_decay(0.3))},
      {"sgd_momentum",
       {{"name", "sgd"}, {"lr", 0.1}, {"momentum", 0.8}},
       made_with<optim::SGD>(optim::SGDOptions(0.1).momentum(0.8))},
      {"sgd_nesterov", nesterov,
       made_with<optim::SGD>(optim::SGDOptions(0.1).momentum(0.8).weight_decay(0.05).nesterov(true))},
      {"adam", adam, made_with<optim::Adam>(adam_options(optim::AdamOptions(0.02)))},
      {"adam_decay", decaying_adam, made_with<optim::Adam>(adam_options(optim::AdamOptions(0.02)).weight_decay(0.1))},
      {"adam_default", {{"name", "adam"}}, made_with<optim::Adam>(optim::AdamOptions())},
      {"adamw", adamw, made_with<optim::AdamW>(adam_options(optim::AdamWOptions(0.02)))},
      {"rmsprop", rmsprop, made_with<optim::RMSprop>(rmsprop_options)},
      {"rmsprop_momentum", moving_rmsprop, made_with<optim::RMSprop>(moving_options)},
      {"rmsprop_default", {{"name", "rmsprop"}}, made_with<optim::RMSprop>(optim::RMSpropOptions())}};
}

// Of no element and of one, less than a vector, several parts with a rest; the last lies in memory the other way round.
Parameters random_parameters(at::ScalarType dtype) {
  Parameters parameters;
  for (const std::vector<int64_t>& shape : std::vector<std::vector<int64_t>>{{}, {0, 4}, {3}, {5, 7}, {300, 451}}) {
    parameters.push_back(leaf(at::randn(shape), dtype));
  }
  parameters.push_back(leaf(at::randn({19, 23}).t(), dtype));
  return parameters;
}

Parameters exact_copies(const Parameters& of) {
  Parameters copies;
  for (const at::Tensor& parameter : of) copies.push_back(leaf(parameter, at::kDouble));
  return copies;
}

// The same gradients for both sides. In every third step one parameter has none. Those of even steps lie as their
// parameters do, the others row by row.
void draw_gradients(Parameters& mine, Parameters& theirs, int64_t step) {
  for (size_t i = 0; i < mine.size(); ++i) {
    at::Tensor gradient = at::empty_like(mine[i].detach()).normal_();
    if (step % 2 == 1) gradient = gradient.contiguous();
    const bool none = i == 3 && step % 3 == 1;
    mine[i].mutable_grad() = none ? at::Tensor() : gradient;
    theirs[i].mutable_grad() = none ? at::Tensor() : gradient.to(at::kDouble, /*non_blocking=*/false, /*copy=*/true);
  }
}

// The norm before.
double clip(Parameters& parameters, double limit) {
  double squares = 0;
  for (const at::Tensor& parameter : parameters) {
    if (parameter.grad().defined()) squares += parameter.grad().pow(2).sum().item<double>();
  }
  const double norm = std::sqrt(squares);
  for (at::Tensor& parameter : parameters) {
    if (limit > 0 && norm > limit && parameter.grad().defined()) parameter.mutable_grad().mul_(limit / norm);
  }
  return norm;
}

void compare(const Rule& rule, Parameters mine, double clip_norm) {
  constexpr int64_t kSteps = 10, kSlowFrom = 6;
  Parameters theirs = exact_copies(mine);
  const auto optimizer = worker::make_optimizer(rule.description, mine);
  const auto reference = rule.reference(theirs);
  for (int64_t step = 0; step < kSteps; ++step) {
    if (step == kSlowFrom) {
      optimizer->set_learning_rate(0.003);
      reference->param_groups()[0].options().set_lr(0.003);
    }
    draw_gradients(mine, theirs, step);
    const double norm = clip(theirs, clip_norm);
    EXPECT_NEAR(optimizer->step(clip_norm).item<double>(), norm, 1e-5 * norm);
    reference->step();
  }
  const double tolerance = mine.front().scalar_type() == at::kDouble ? 1e-12 : 1e-5;
  for (size_t i = 0; i < mine.size(); ++i) {
    EXPECT_TRUE(at::allclose(mine[i].to(at::kDouble), theirs[i], tolerance, tolerance))
        << i << ": off by " << (mine[i] - theirs[i]).abs().max().item<double>();
  }
}

class UpdateRules : public ::testing::TestWithParam<Rule> {
 protected:
  void SetUp() override { torch::manual_seed(1); }
};

constexpr double kNever = 0, kAlways = 0.5, kTooFar = 1e6;  // norms are about 370

TEST_P(UpdateRules, EqualLibTorchsInMemory) {
  for (const double clip_norm : {kNever, kAlways, kTooFar}) {
    compare(GetParam(), random_parameters(at::kFloat), clip_norm);
  }
}

TEST_P(UpdateRules, EqualLibTorchsOnTensors) {
  for (const double clip_norm : {kNever, kAlways, kTooFar}) {
    compare(GetParam(), random_parameters(at::kDouble), clip_norm);
  }
}

// One parameter that is a part of something larger: nothing else of that may change.
TEST_P(UpdateRules, UpdateAParameterWithGapsInMemory) {
  const at::Tensor whole = at::randn({6, 9}), before = whole.clone();
  Parameters parameters = random_parameters(at::kFloat);
  parameters.push_back(whole.narrow(1, 2, 5).requires_grad_());
  compare(GetParam(), parameters, kAlways);
  EXPECT_TRUE(at::equal(whole.narrow(1, 0, 2), before.narrow(1, 0, 2)));
  EXPECT_TRUE(at::equal(whole.narrow(1, 7, 2), before.narrow(1, 7, 2)));
}

TEST_P(UpdateRules, AreTheSameOnAnyNumberOfThreads) {
  const Parameters start = random_parameters(at::kFloat);
  const auto after_on = [&](int count) {
    const Threads threads(count);
    torch::manual_seed(2);
    Parameters mine, unused = exact_copies(start);
    for (const at::Tensor& parameter : start) mine.push_back(leaf(parameter, at::kFloat));
    const auto optimizer = worker::make_optimizer(GetParam().description, mine);
    for (int64_t step = 0; step < 3; ++step) draw_gradients(mine, unused, step), optimizer->step(kAlways);
    return mine;
  };
  const Parameters one = after_on(1), two = after_on(2);
  for (size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(at::equal(one[i], two[i])) << i;
}

INSTANTIATE_TEST_SUITE_P(All, UpdateRules, ::testing::ValuesIn(rules()),
                         [](const auto& tested) { return tested.param.name; });

TEST(MakeOptimizer, RefusesUnknownNamesAndOptions) {
  const Parameters parameters = random_parameters(at::kFloat);
  EXPECT_THROW(worker::make_optimizer({{"name", "lion"}}, parameters), std::invalid_argument);
  EXPECT_THROW(worker::make_optimizer({{"name", "sgd"}, {"beta1", 0.9}}, parameters), std::invalid_argument);
}

}  // namespace
}  // namespace runner::test
