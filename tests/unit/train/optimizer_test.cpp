// Clipping and update rules, seen in the weights after one or two steps.
#include <gtest/gtest.h>

#include <cmath>

#include "unit/train/support.h"

namespace runner::test {
namespace {

// Two weights as logits of two tokens, both zero at first, and a third that the loss does not depend on. Every target
// is token 0, so the gradient is (p - 1, 1 - p) with p = 1 / (1 + exp(w1 - w0)): (-0.5, 0.5) at first.
class TwoLogits : public HandModel {
 public:
  TwoLogits(const ModelContext& context, at::Tensor& weight, at::Tensor& idle)
      : HandModel(context), idle_(at::ones({1}).requires_grad_()) {
    weight = weight_;
    idle = idle_;
  }
  NamedTensors named_parameters() override { return {{"weight", weight_}, {"idle", idle_}}; }

 private:
  at::Tensor idle_;
};

struct Outcome {
  std::vector<double> weight;
  double idle;
  std::vector<double> grad_norm;
};

Outcome after(int64_t steps, const Json& optimizer, double clip_norm) {
  const at::Tensor zeros = at::zeros({3, 2}, at::kLong);
  auto job = small_job();
  job.train["epochs"] = steps;
  job.train["optimizer"] = optimizer;
  job.train["clip_norm"] = clip_norm;
  at::Tensor weight, idle;
  const auto events = run(job, factory_of({2, {{{zeros, zeros, true}}}}), model_of<TwoLogits>(weight, idle));
  EXPECT_EQ(events.all.back().type, "finished") << events.all.back().body;
  const at::Tensor values = weight.detach().to(at::kDouble);
  return {{values[0].item<double>(), values[1].item<double>()}, idle.item<double>(), events.metric("grad_norm")};
}

const Json kSgd = {{"name", "sgd"}, {"lr", 1.0}};

TEST(Clipping, ScalesTheGradientToTheLimit) {
  const auto outcome = after(1, kSgd, 0.1);
  EXPECT_NEAR(outcome.weight[0], 0.1 / std::sqrt(2), 1e-7);
  EXPECT_NEAR(outcome.weight[1], -0.1 / std::sqrt(2), 1e-7);
  EXPECT_NEAR(outcome.grad_norm[0], std::sqrt(0.5), 1e-6) << "the norm before clipping";
}

TEST(Clipping, LeavesASmallerGradientAlone) {
  EXPECT_EQ(after(1, kSgd, 0.71).weight, (std::vector<double>{0.5, -0.5}));
  EXPECT_EQ(after(1, kSgd, 0).weight, (std::vector<double>{0.5, -0.5}));
}

TEST(Clipping, DoesNotMindParametersWithoutAGradient) { EXPECT_EQ(after(2, kSgd, 0.1).idle, 1); }

TEST(Optimizers, ObeyTheirOptions) {
  const double p = 1 / (1 + std::exp(-1.0));  // of token 0 after the first step
  EXPECT_NEAR(after(2, kSgd, 0).weight[0], 0.5 + (1 - p), 1e-6);
  EXPECT_NEAR(after(2, {{"name", "sgd"}, {"lr", 1.0}, {"momentum", 0.9}}, 0).weight[0], 0.5 + 0.45 + (1 - p), 1e-6);
  EXPECT_NEAR(after(2, {{"name", "sgd"}, {"lr", 1.0}, {"weight_decay", 0.1}}, 0).weight[0], 0.9 * 0.5 + (1 - p), 1e-6);
  EXPECT_NEAR(after(1, {{"name", "adam"}, {"lr", 0.2}}, 0).weight[0], 0.2, 1e-6)
      << "the first step is lr, whatever the gradient";
  EXPECT_NEAR(after(1, {{"name", "adam"}, {"lr", 0.2}, {"eps", 0.5}}, 0).weight[0], 0.1, 1e-6);
  EXPECT_NEAR(after(1, {{"name", "rmsprop"}, {"lr", 0.2}, {"alpha", 0.75}}, 0).weight[0], 0.4, 1e-6);
}

// The first weight after two steps of Adam with lr 0.2, without what weight decay adds to the second step: `decay` is
// added to the second gradient. The weight is 0 before the first step, so that one knows no decay.
double after_two_adam_steps(double decay) {
  const double first = -0.5, second = 1 / (1 + std::exp(-0.4)) - 1 + decay;
  const double mean = (0.9 * 0.1 * first + 0.1 * second) / (1 - std::pow(0.9, 2));
  const double squares = (0.999 * 0.001 * first * first + 0.001 * second * second) / (1 - std::pow(0.999, 2));
  return 0.2 - 0.2 * mean / std::sqrt(squares);
}

TEST(Optimizers, AdamDecaysThroughTheGradientAndAdamwTheWeightsThemselves) {
  const auto found = [](Json optimizer) {
    optimizer["lr"] = 0.2;
    return after(2, optimizer, 0).weight[0];
  };
  EXPECT_NEAR(found({{"name", "adam"}}), after_two_adam_steps(0), 1e-6) << "no decay unless asked for";
  EXPECT_NEAR(found({{"name", "adam"}, {"weight_decay", 0.1}}), after_two_adam_steps(0.1 * 0.2), 1e-6);
  const double lost = 0.2 * 0.1 * 0.2;  // lr, weight_decay, the weight after the first step
  EXPECT_NEAR(found({{"name", "adamw"}, {"weight_decay", 0.1}}), after_two_adam_steps(0) - lost, 1e-6);
  EXPECT_NEAR(found({{"name", "adamw"}}), after_two_adam_steps(0) - lost / 10, 1e-6) << "0.01 unless said otherwise";
}

// The first loss is ln 2, the gradient infinite.
class SteepAtZero : public HandModel {
 public:
  using HandModel::HandModel;
  at::Tensor forward(const at::Tensor& tokens, State&) override {
    return weight_.sqrt().expand({tokens.size(0), tokens.size(1), context_.vocabulary});
  }
};

TEST(Clipping, AnInfiniteGradientEndsTheTrial) {
  const at::Tensor zeros = at::zeros({3, 2}, at::kLong);
  const auto events = run(small_job(), factory_of({2, {{{zeros, zeros, true}}}}), model_of<SteepAtZero>());
  EXPECT_TRUE(events.of("epoch").empty());
  ASSERT_EQ(events.all.back().type, "failed") << events.all.back().body;
  EXPECT_NE(events.all.back().body.dump().find("the gradient norm is not finite (inf) in epoch 1, batch 1"),
            std::string::npos)
      << events.all.back().body;
}

}  // namespace
}  // namespace runner::test
