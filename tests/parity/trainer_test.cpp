// The trainer against a plain LibTorch loop, written as a user without the runner would write it: the losses of twenty
// steps are equal. Each epoch has one batch, so that an epoch's loss is a step's.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <memory>
#include <tuple>

#include "common/seeds.h"
#include "lstm/lstm_layer.h"
#include "runner/recurrent/net.h"
#include "unit/train/support.h"

namespace runner::test {
namespace {

constexpr int64_t kVocabulary = 30, kHidden = 16, kSteps = 12, kRows = 4, kBatches = 20, kSeed = 11;

struct Setting {
  std::string optimizer;
  double lr;
  double clip_norm;
  bool fresh_state;  // a new state for every batch
  int64_t layers = 1;
};

class Plain : public torch::nn::Module {
 public:
  explicit Plain(int64_t layers)
      : lstm_(
            register_module("lstm", torch::nn::LSTM(torch::nn::LSTMOptions(kVocabulary, kHidden).num_layers(layers)))),
        output_(register_module("output", torch::nn::Linear(kHidden, kVocabulary))) {}

  using LstmState = std::tuple<torch::Tensor, torch::Tensor>;
  std::tuple<torch::Tensor, LstmState> forward(const torch::Tensor& tokens, const LstmState& state) {
    auto [hidden, next] = lstm_->forward(torch::one_hot(tokens, kVocabulary).to(torch::kFloat), state);
    return {output_->forward(hidden.view({-1, kHidden})), next};
  }

 private:
  torch::nn::LSTM lstm_;
  torch::nn::Linear output_;
};

void clip(const std::vector<torch::Tensor>& parameters, double limit) {
  double squares = 0;
  for (const auto& parameter : parameters) squares += parameter.grad().pow(2).sum().item<double>();
  const double norm = std::sqrt(squares);
  if (limit == 0 || norm <= limit) return;
  for (const auto& parameter : parameters) parameter.grad().mul_(limit / norm);
}

std::unique_ptr<torch::optim::Optimizer> optimizer_of(const Setting& setting, std::vector<torch::Tensor> parameters) {
  if (setting.optimizer == "sgd") return std::make_unique<torch::optim::SGD>(parameters, setting.lr);
  return std::make_unique<torch::optim::Adam>(parameters, setting.lr);
}

std::vector<double> plain_losses(const Setting& setting, const std::vector<Batch>& batches) {
  torch::manual_seed(stream_seed(kSeed, kInitStream));
  Plain net(setting.layers);
  const auto optimizer = optimizer_of(setting, net.parameters());
  const auto zeros = [&] { return torch::zeros({setting.layers, kRows, kHidden}); };
  Plain::LstmState state{zeros(), zeros()};
  std::vector<double> losses;
  for (const Batch& batch : batches) {
    if (setting.fresh_state) state = {zeros(), zeros()};
    torch::Tensor logits;
    std::tie(logits, state) = net.forward(batch.inputs, {std::get<0>(state).detach(), std::get<1>(state).detach()});
    const torch::Tensor loss = torch::nn::functional::cross_entropy(logits, batch.targets.reshape({-1}));
    optimizer->zero_grad();
    loss.backward();
    clip(net.parameters(), setting.clip_norm);
    optimizer->step();
    losses.push_back(loss.item<double>());
  }
  return losses;
}

std::vector<double> trainer_losses(const Setting& setting, const std::vector<Batch>& batches) {
  auto job = small_job();
  job.seed = kSeed;
  job.model.options = {{"hidden_size", kHidden}, {"num_layers", setting.layers}};
  job.train = {{"epochs", kBatches},
               {"clip_norm", setting.clip_norm},
               {"reset_state", "never"},
               {"device", "cpu"},
               {"optimizer", {{"name", setting.optimizer}, {"lr", setting.lr}}}};
  const HandData data{kVocabulary, one_an_epoch(batches)};
  return run(job, factory_of(data), model_factory<recurrent::RecurrentModel<recurrent::LstmLayer>>()).metric("loss");
}

class Parity : public ::testing::TestWithParam<Setting> {};

TEST_P(Parity, LossesOfTwentyStepsEqualThoseOfAPlainLoop) {
  const auto batches = consecutive(kBatches, kSteps, kRows, kVocabulary, 5, GetParam().fresh_state);
  const auto expected = plain_losses(GetParam(), batches);
  const auto found = trainer_losses(GetParam(), batches);
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-5 * expected[i]) << "step " << i + 1;
  EXPECT_GT(std::abs(found.back() - found.front()), 1e-3) << "training had an effect";
}

INSTANTIATE_TEST_SUITE_P(Settings, Parity,
                         ::testing::Values(Setting{"sgd", 1, 0, false}, Setting{"sgd", 100, 0.01, false},
                                           Setting{"sgd", 1, 0, true}, Setting{"adam", 0.01, 0.01, false},
                                           Setting{"adam", 0.01, 0, false}, Setting{"adam", 0.01, 0.01, true},
                                           Setting{"adam", 0.01, 0.01, false, 6}),
                         [](const auto& tested) {
                           const Setting& s = tested.param;
                           return s.optimizer + (s.clip_norm > 0 ? "Clipped" : "Free") +
                                  (s.fresh_state ? "Fresh" : "Carried") +
                                  (s.layers > 1 ? std::to_string(s.layers) + "Layers" : "");
                         });

}  // namespace
}  // namespace runner::test
