// The stack of runner::recurrent against LibTorch's own stacks with the same weights, in double precision.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "gru/gru_cell.h"
#include "lstm/lstm_cell.h"
#include "rnn/rnn_cell.h"
#include "runner/recurrent/net.h"

namespace runner::recurrent {
namespace {

constexpr int64_t kVocabulary = 7, kHidden = 5, kLayers = 3, kSteps = 4, kRows = 2;
const ModelContext kContext{kVocabulary, at::kCPU, at::kDouble};

RecurrentOptions options(bool bidirectional, int64_t layers = kLayers) {
  RecurrentOptions result;
  result.hidden_size = kHidden;
  result.num_layers = layers;
  result.bidirectional = bidirectional;
  return result;
}

template <typename Options>
Options reference_options(bool bidirectional) {
  return Options(kVocabulary, kHidden).num_layers(kLayers).bidirectional(bidirectional);
}

template <typename Cell>
struct Reference;
template <>
struct Reference<RnnCell> {
  static torch::nn::RNN make(bool b) { return torch::nn::RNN(reference_options<torch::nn::RNNOptions>(b)); }
};
template <>
struct Reference<GruCell> {
  static torch::nn::GRU make(bool b) { return torch::nn::GRU(reference_options<torch::nn::GRUOptions>(b)); }
};
template <>
struct Reference<LstmCell> {
  static torch::nn::LSTM make(bool b) { return torch::nn::LSTM(reference_options<torch::nn::LSTMOptions>(b)); }
};

at::Tensor run_reference(torch::nn::LSTM& module, const at::Tensor& x, State& state) {
  auto [outputs, next] = module->forward(x, std::make_tuple(state[0].value, state[1].value));
  std::tie(state[0].value, state[1].value) = next;
  return outputs;
}
template <typename Module>
at::Tensor run_reference(Module& module, const at::Tensor& x, State& state) {
  at::Tensor outputs;
  std::tie(outputs, state[0].value) = module->forward(x, state[0].value);
  return outputs;
}

// "layer2.weight_ih_l0_reverse" of the stack is "weight_ih_l2_reverse" of LibTorch's.
std::string reference_name(std::string name) {
  const std::string layer = name.substr(5, name.find('.') - 5);
  name.erase(0, name.find('.') + 1);
  return name.replace(name.find("_l0") + 2, 1, layer);
}

template <typename Cell>
class Stack : public ::testing::Test {
 protected:
  // Copies the stack's weights into the reference and keeps the pairs.
  void copy_weights(RecurrentModel<Cell>& model, torch::nn::Module& reference) {
    const at::NoGradGuard no_grad;
    auto named = reference.named_parameters();
    for (auto& [name, tensor] : model.named_parameters()) {
      if (name == "output.weight") weight_ = tensor;
      if (name == "output.bias") bias_ = tensor;
      if (name.rfind("layer", 0) != 0) continue;
      named[reference_name(name)].copy_(tensor);
      pairs_.emplace_back(tensor, named[reference_name(name)]);
    }
    ASSERT_EQ(pairs_.size(), named.size());
  }

  static void expect_equal(const State& mine, const State& theirs) {
    ASSERT_EQ(mine.size(), theirs.size());
    for (size_t i = 0; i < mine.size(); ++i) {
      EXPECT_EQ(mine[i].batch_dim, 1);
      EXPECT_TRUE(at::allclose(mine[i].value, theirs[i].value, 1e-12, 1e-12));
    }
  }

  // Compares gradients of one random projection of the logits.
  void expect_equal_gradients(const at::Tensor& logits, const at::Tensor& expected) {
    const at::Tensor direction = at::randn_like(logits);
    (logits * direction).sum().backward();
    (expected * direction).sum().backward();
    for (const auto& [own, other] : pairs_) EXPECT_TRUE(at::allclose(own.grad(), other.grad(), 1e-11, 1e-12));
  }

  void compare(bool bidirectional) {
    torch::manual_seed(3);
    RecurrentModel<Cell> model(options(bidirectional), kContext);
    auto reference = Reference<Cell>::make(bidirectional);
    reference->to(at::kDouble);
    copy_weights(model, *reference);
    State mine = model.initial_state(kRows);
    for (StateTensor& part : mine) part.value = at::randn_like(part.value);
    State theirs = mine;
    const at::Tensor tokens = at::randint(kVocabulary, {kSteps, kRows}, at::kLong);
    const at::Tensor x = at::one_hot(tokens, kVocabulary).to(at::kDouble);
    const at::Tensor logits = model.forward(tokens, mine);
    const at::Tensor expected = at::linear(run_reference(reference, x, theirs), weight_, bias_);
    EXPECT_TRUE(at::allclose(logits, expected, 1e-12, 1e-12));
    expect_equal(mine, theirs);
    expect_equal_gradients(logits, expected);
  }

 private:
  at::Tensor weight_, bias_;                              // of the output layer
  std::vector<std::pair<at::Tensor, at::Tensor>> pairs_;  // parameters of the stack and of the reference
};

using Cells = ::testing::Types<RnnCell, GruCell, LstmCell>;
TYPED_TEST_SUITE(Stack, Cells);

TYPED_TEST(Stack, EqualsLibTorchsInOneDirection) { this->compare(false); }
TYPED_TEST(Stack, EqualsLibTorchsInBothDirections) { this->compare(true); }

TYPED_TEST(Stack, GoesOnFromItsState) {
  torch::manual_seed(4);
  RecurrentModel<TypeParam> model(options(false), kContext);
  const at::Tensor tokens = at::randint(kVocabulary, {2 * kSteps, kRows}, at::kLong);
  State whole = model.initial_state(kRows), parts = model.initial_state(kRows);
  const at::Tensor at_once = model.forward(tokens, whole);
  const at::Tensor first = model.forward(tokens.narrow(0, 0, kSteps), parts);
  const at::Tensor second = model.forward(tokens.narrow(0, kSteps, kSteps), parts);
  EXPECT_TRUE(at::allclose(at_once, at::cat({first, second}), 1e-12, 1e-12));
}

TYPED_TEST(Stack, NamesItsParametersStably) {
  RecurrentModel<TypeParam> model(options(true, 2), kContext);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : model.named_parameters()) names.push_back(name);
  const std::vector<std::string> layer = {"weight_ih_l0",       "weight_hh_l0",         "bias_ih_l0",
                                          "bias_hh_l0",         "weight_ih_l0_reverse", "weight_hh_l0_reverse",
                                          "bias_ih_l0_reverse", "bias_hh_l0_reverse"};
  std::vector<std::string> expected;
  for (const char* prefix : {"layer0.", "layer1."}) {
    for (const auto& name : layer) expected.push_back(prefix + name);
  }
  expected.insert(expected.end(), {"output.weight", "output.bias"});
  EXPECT_EQ(names, expected);
}

TYPED_TEST(Stack, DropsOutputsBetweenLayersInTrainingOnly) {
  torch::manual_seed(5);
  RecurrentOptions dropping = options(false, 2);
  dropping.dropout = 0.5;
  RecurrentModel<TypeParam> model(dropping, kContext);
  const at::Tensor tokens = at::randint(kVocabulary, {kSteps, kRows}, at::kLong);
  const auto logits = [&](bool training) {
    model.train(training);
    State state = model.initial_state(kRows);
    return model.forward(tokens, state);
  };
  EXPECT_FALSE(at::equal(logits(true), logits(true)));
  EXPECT_TRUE(at::equal(logits(false), logits(false)));
}

TEST(OneHot, IsOneAtTheToken) {
  const at::Tensor tokens = at::randint(kVocabulary, {kSteps, kRows}, at::kLong);
  EXPECT_TRUE(
      at::equal(one_hot_inputs(tokens, kVocabulary, at::kFloat), at::one_hot(tokens, kVocabulary).to(at::kFloat)));
}

TEST(RecurrentOptionsCheck, DropoutNeedsASecondLayer) {
  RecurrentOptions dropping = options(false, 1);
  EXPECT_NO_THROW(dropping.check());
  dropping.dropout = 0.25;
  try {
    dropping.check();
    FAIL() << "accepted";
  } catch (const OptionError& error) {
    EXPECT_EQ(error.option(), "dropout");
    EXPECT_THAT(error.what(), ::testing::HasSubstr("0.25 has no effect with num_layers: 1"));
  }
  dropping.num_layers = 2;
  EXPECT_NO_THROW(dropping.check());
}

}  // namespace
}  // namespace runner::recurrent
