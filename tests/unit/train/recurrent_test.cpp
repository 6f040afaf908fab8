// runner::recurrent and its cells against LibTorch's own stacks with the same weights, in double precision, and each
// option against its definition.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <map>
#include <type_traits>

#include "gru/gru_layer.h"
#include "lstm/lstm_layer.h"
#include "models/scratch/models.h"
#include "rnn/rnn_layer.h"
#include "runner/recurrent/initialise.h"
#include "runner/recurrent/net.h"

namespace runner::recurrent {
namespace {

constexpr int64_t kVocabulary = 7, kHidden = 5, kLayers = 3, kSteps = 4, kRows = 2;
const ModelContext kContext{kVocabulary, at::kCPU, at::kDouble};

template <typename Options = RecurrentOptions>
Options options(bool bidirectional, int64_t layers = kLayers) {
  Options result;
  result.hidden_size = kHidden;
  result.num_layers = layers;
  result.bidirectional = bidirectional;
  result.init_std = 0.5;  // large enough that every term of the equations counts
  return result;
}

// One of LibTorch's own stacks: the independent side.
class Reference {
 public:
  Reference(const std::string& cell, bool bidirectional, int64_t layers) {
    if (cell == "rnn") rnn_ = make<torch::nn::RNN, torch::nn::RNNOptions>(bidirectional, layers);
    if (cell == "gru") gru_ = make<torch::nn::GRU, torch::nn::GRUOptions>(bidirectional, layers);
    if (cell == "lstm") lstm_ = make<torch::nn::LSTM, torch::nn::LSTMOptions>(bidirectional, layers);
  }

  torch::nn::Module& module() {
    if (rnn_) return *rnn_;
    if (gru_) return *gru_;
    return *lstm_;
  }

  at::Tensor forward(const at::Tensor& x, State& state) {
    at::Tensor outputs;
    if (rnn_) std::tie(outputs, state[0].value) = rnn_->forward(x, state[0].value);
    if (gru_) std::tie(outputs, state[0].value) = gru_->forward(x, state[0].value);
    if (lstm_) {
      std::tuple<at::Tensor, at::Tensor> next;
      std::tie(outputs, next) = lstm_->forward(x, std::make_tuple(state[0].value, state[1].value));
      std::tie(state[0].value, state[1].value) = next;
    }
    return outputs;
  }

 private:
  template <typename Module, typename Options>
  static Module make(bool bidirectional, int64_t layers) {
    Module module(Options(kVocabulary, kHidden).num_layers(layers).bidirectional(bidirectional));
    module->to(at::kDouble);
    return module;
  }

  torch::nn::RNN rnn_{nullptr};
  torch::nn::GRU gru_{nullptr};
  torch::nn::LSTM lstm_{nullptr};
};

using Tensors = std::map<std::string, at::Tensor>;

// The parameter of the reference named `kind` ("weight_ih", "weight_hh", "bias_ih", "bias_hh"), put together from those
// of one of our layers. From-scratch cells keep one matrix a gate, to multiply from the right, and one bias.
at::Tensor assembled(const Tensors& own, const std::string& layer, const std::string& kind, const std::string& gates) {
  const auto found = own.find(layer + ".module." + kind + "_l0");
  if (found != own.end()) return found->second;
  std::vector<at::Tensor> rows;
  for (const char gate : gates) {
    const auto part = [&](const char* name) { return own.at(layer + "." + name + gate); };
    if (kind == "weight_ih") rows.push_back(part("W_x").t());
    if (kind == "weight_hh") rows.push_back(part("W_h").t());
    if (kind == "bias_ih") rows.push_back(part("b_"));
    if (kind == "bias_hh") rows.push_back(at::zeros_like(part("b_")));
  }
  return at::cat(rows);
}

Tensors by_name(const NamedTensors& named) { return {named.begin(), named.end()}; }

Tensors gradients(const Tensors& parameters) {
  Tensors result;
  for (const auto& [name, tensor] : parameters) result[name] = tensor.grad();
  return result;
}

struct Comparison {
  std::string cell;
  std::string gates;  // of the from-scratch cell, in the order of LibTorch's rows
  bool bidirectional;
  int64_t layers;
};

// Calls use(name in LibTorch, our tensor) for every parameter of the layers.
template <typename Use>
void for_each_parameter(const Comparison& compared, const Tensors& own, Use use) {
  for (int64_t l = 0; l < compared.layers; ++l) {
    for (const std::string direction : {"", "_reverse"}) {
      if (!compared.bidirectional && !direction.empty()) continue;
      for (const std::string kind : {"weight_ih", "weight_hh", "bias_ih", "bias_hh"}) {
        const std::string number = std::to_string(l);
        use(kind + "_l" + number + direction, assembled(own, "layer" + number + direction, kind, compared.gates));
      }
    }
  }
}

void expect_close(const at::Tensor& a, const at::Tensor& b, const std::string& what) {
  EXPECT_TRUE(at::allclose(a, b, 1e-10, 1e-11)) << what << " differ by " << (a - b).abs().max().item<double>();
}

void expect_equal_gradients(const Comparison& compared, const Tensors& own, torch::nn::Module& reference) {
  for_each_parameter(compared, gradients(own), [&](const std::string& name, const at::Tensor& grad) {
    // A from-scratch cell has no second bias.
    if (compared.gates.empty() || name.rfind("bias_hh", 0) != 0)
      expect_close(grad, reference.named_parameters()[name].grad(), "gradients of " + name);
  });
}

// Outputs, states and gradients of one random projection of the logits, from a random state.
void compare(const Comparison& compared, Model& model) {
  Reference reference(compared.cell, compared.bidirectional, compared.layers);
  const Tensors own = by_name(model.named_parameters());
  {
    const at::NoGradGuard no_grad;
    for_each_parameter(compared, own, [&](const std::string& name, const at::Tensor& value) {
      reference.module().named_parameters()[name].copy_(value);
    });
  }
  State mine = model.initial_state(kRows);
  for (StateTensor& part : mine) part.value = at::randn_like(part.value);
  State theirs = mine;
  const at::Tensor tokens = at::randint(kVocabulary, {kSteps, kRows}, at::kLong);
  const at::Tensor x = at::one_hot(tokens, kVocabulary).to(at::kDouble);
  const at::Tensor logits = model.forward(tokens, mine);
  const at::Tensor expected = at::linear(reference.forward(x, theirs), own.at("output.weight"), own.at("output.bias"));
  expect_close(logits, expected, "logits");
  ASSERT_EQ(mine.size(), theirs.size());
  for (size_t i = 0; i < mine.size(); ++i) expect_close(mine[i].value, theirs[i].value, "states");
  const at::Tensor direction = at::randn_like(logits);
  (logits * direction).sum().backward();
  const auto output_gradient = own.at("output.weight").grad().clone();
  (expected * direction).sum().backward();
  expect_close(own.at("output.weight").grad(), 2 * output_gradient, "gradients of the output layer");
  expect_equal_gradients(compared, own, reference.module());
}

template <typename L>
struct CellName;
template <>
struct CellName<RnnLayer> {
  static constexpr const char* kName = "rnn";
};
template <>
struct CellName<GruLayer> {
  static constexpr const char* kName = "gru";
};
template <>
struct CellName<LstmLayer> {
  static constexpr const char* kName = "lstm";
};

template <typename L>
class Stack : public ::testing::Test {};
using Layers = ::testing::Types<RnnLayer, GruLayer, LstmLayer>;
TYPED_TEST_SUITE(Stack, Layers);

TYPED_TEST(Stack, EqualsLibTorchs) {
  for (const bool bidirectional : {false, true}) {
    torch::manual_seed(3);
    RecurrentModel<TypeParam> model(options<typename TypeParam::Options>(bidirectional), kContext);
    compare({CellName<TypeParam>::kName, "", bidirectional, kLayers}, model);
  }
}

// Built after the same seed, weights are those of LibTorch's own stack.
TYPED_TEST(Stack, IsInitialisedAsLibTorchs) {
  torch::manual_seed(3);
  RecurrentModel<TypeParam> model(options<typename TypeParam::Options>(true), {kVocabulary, at::kCPU, at::kFloat});
  torch::manual_seed(3);
  Reference reference(CellName<TypeParam>::kName, true, kLayers);
  for_each_parameter({CellName<TypeParam>::kName, "", true, kLayers}, by_name(model.named_parameters()),
                     [&](const std::string& name, const at::Tensor& value) {
                       EXPECT_TRUE(at::equal(reference.module().named_parameters()[name].to(at::kFloat), value))
                           << name;
                     });
}

class Scratch : public ::testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(Scratch, SingleAndDeepEqualLibTorchs) {
  for (const int64_t layers : {int64_t{1}, kLayers}) {
    torch::manual_seed(3);
    auto deep = options<scratch::DeepNet::Options>(false, layers);
    deep.cell = GetParam().first;
    ModuleModel<scratch::DeepNet> model(deep, kContext);
    compare({GetParam().first, GetParam().second, false, layers}, model);
  }
}

TEST_P(Scratch, BothDirectionsEqualLibTorchs) {
  torch::manual_seed(3);
  auto both = options<scratch::BidirectionalNet::Options>(true, 1);
  both.cell = GetParam().first;
  ModuleModel<scratch::BidirectionalNet> model(both, kContext);
  compare({GetParam().first, GetParam().second, true, 1}, model);
}

INSTANTIATE_TEST_SUITE_P(Cells, Scratch,
                         ::testing::Values(std::pair<std::string, std::string>{"rnn", "h"},
                                           std::pair<std::string, std::string>{"gru", "rzh"},
                                           std::pair<std::string, std::string>{"lstm", "ifco"}),
                         [](const auto& tested) { return tested.param.first; });

// The single plugins are the deep one with one layer.
TEST(Scratch, SinglePluginsHaveTheSameCells) {
  const at::Tensor tokens = at::randint(kVocabulary, {kSteps, kRows}, at::kLong);
  const auto logits = [&](auto& model) {
    State state = model.initial_state(kRows);
    return model.forward(tokens, state);
  };
  const auto expect_same = [&](auto single_model, const std::string& cell) {
    using Net = typename decltype(single_model)::type;
    torch::manual_seed(6);
    ModuleModel<Net> single(options<typename Net::Options>(false, 1), kContext);
    torch::manual_seed(6);
    auto deep_options = options<scratch::DeepNet::Options>(false, 1);
    deep_options.cell = cell;
    ModuleModel<scratch::DeepNet> deep(deep_options, kContext);
    EXPECT_TRUE(at::equal(logits(single), logits(deep))) << cell;
  };
  expect_same(std::common_type<scratch::SingleNet<scratch::RnnLayer>>(), "rnn");
  expect_same(std::common_type<scratch::SingleNet<scratch::GruLayer>>(), "gru");
  expect_same(std::common_type<scratch::SingleNet<scratch::LstmLayer>>(), "lstm");
}

// The equation of the paper, step by step: no module of LibTorch computes it.
TEST(Scratch, TheResetGateActsBeforeTheProductOnRequest) {
  torch::manual_seed(8);
  auto before = options<scratch::SingleOptions<scratch::GruLayer>>(false, 1);
  before.reset_after = false;
  ModuleModel<scratch::SingleNet<scratch::GruLayer>> model(before, kContext);
  const Tensors w = by_name(model.named_parameters());
  const auto p = [&](const char* name) { return w.at(std::string("layer0.") + name); };
  State state = model.initial_state(kRows);
  at::Tensor h = at::randn({kRows, kHidden}, at::kDouble);
  state[0].value[0].copy_(h);
  const at::Tensor tokens = at::randint(kVocabulary, {kSteps, kRows}, at::kLong);
  const at::Tensor logits = model.forward(tokens, state);
  for (int64_t t = 0; t < kSteps; ++t) {
    const at::Tensor x = at::one_hot(tokens[t], kVocabulary).to(at::kDouble);
    const at::Tensor r = at::sigmoid(x.mm(p("W_xr")) + h.mm(p("W_hr")) + p("b_r"));
    const at::Tensor z = at::sigmoid(x.mm(p("W_xz")) + h.mm(p("W_hz")) + p("b_z"));
    const at::Tensor c = at::tanh(x.mm(p("W_xh")) + (r * h).mm(p("W_hh")) + p("b_h"));
    h = z * h + (1 - z) * c;
    expect_close(logits[t], at::linear(h, w.at("output.weight"), w.at("output.bias")), "logits");
  }
}

TYPED_TEST(Stack, GoesOnFromItsState) {
  torch::manual_seed(4);
  RecurrentModel<TypeParam> model(options<typename TypeParam::Options>(false), kContext);
  const at::Tensor tokens = at::randint(kVocabulary, {2 * kSteps, kRows}, at::kLong);
  State whole = model.initial_state(kRows), parts = model.initial_state(kRows);
  const at::Tensor at_once = model.forward(tokens, whole);
  const at::Tensor first = model.forward(tokens.narrow(0, 0, kSteps), parts);
  const at::Tensor second = model.forward(tokens.narrow(0, kSteps, kSteps), parts);
  EXPECT_TRUE(at::allclose(at_once, at::cat({first, second}), 1e-12, 1e-12));
}

TYPED_TEST(Stack, NamesItsParametersStably) {
  RecurrentModel<TypeParam> model(options<typename TypeParam::Options>(true, 2), kContext);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : model.named_parameters()) names.push_back(name);
  std::vector<std::string> expected;
  for (const std::string layer : {"layer0", "layer0_reverse", "layer1", "layer1_reverse"}) {
    for (const char* name : {"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"}) {
      expected.push_back(layer + ".module." + name);
    }
  }
  expected.insert(expected.end(), {"output.weight", "output.bias"});
  EXPECT_EQ(names, expected);
}

TYPED_TEST(Stack, DropsOutputsBetweenLayersInTrainingOnly) {
  torch::manual_seed(5);
  auto dropping = options<typename TypeParam::Options>(false, 2);
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

TEST(Inputs, TokensAreOneHotVectors) {
  const at::Tensor tokens = at::randint(kVocabulary, {kSteps, kRows}, at::kLong);
  const at::Tensor vectors = at::one_hot(tokens, kVocabulary).to(at::kDouble);
  const at::Tensor weight = at::randn({kVocabulary, 3}, at::kDouble);
  const Inputs looked_up = Inputs::one_hot(tokens, kVocabulary, at::kDouble), multiplied = Inputs::vectors(vectors);
  EXPECT_TRUE(at::equal(looked_up.dense(), vectors));
  EXPECT_TRUE(at::equal(looked_up.times(weight), multiplied.times(weight)));
  EXPECT_TRUE(at::equal(looked_up.reversed().dense(), vectors.flip(0)));
}

// What one deep from-scratch LSTM has after its initialisation.
Tensors initialised(scratch::DeepNet::Options wanted) {
  torch::manual_seed(9);
  ModuleModel<scratch::DeepNet> model(wanted, {kVocabulary, at::kCPU, at::kDouble});
  return by_name(model.named_parameters());
}

// Weights are drawn in single precision and moved to double afterwards.
void expect_orthogonal(const at::Tensor& q) {
  EXPECT_TRUE(at::allclose(q.t().mm(q), at::eye(kHidden, at::kDouble), 1e-5, 1e-6));
}

TEST(Initialisation, OrthogonalMatricesAreOrthogonalGateByGate) {
  auto wanted = options<scratch::DeepNet::Options>(false, 2);
  wanted.init = "orthogonal";
  const Tensors scratch = initialised(wanted);
  for (const char* name : {"layer0.W_hi", "layer0.W_hf", "layer1.W_ho", "layer1.W_hc"}) {
    expect_orthogonal(scratch.at(name));
  }
  EXPECT_EQ(scratch.at("layer0.b_f").abs().sum().item<double>(), 0);
  auto module_options = options<LstmLayer::Options>(false, 1);
  module_options.init = "orthogonal";
  RecurrentModel<LstmLayer> model(module_options, kContext);
  for (const at::Tensor& q : by_name(model.named_parameters()).at("layer0.module.weight_hh_l0").chunk(4, 0)) {
    expect_orthogonal(q);
  }
}

TEST(Initialisation, NormalHasItsDeviationAndNoBias) {
  auto wanted = options<scratch::DeepNet::Options>(false, 1);
  wanted.hidden_size = 200;
  wanted.init_std = 0.02;
  const Tensors drawn = initialised(wanted);
  EXPECT_NEAR(drawn.at("layer0.W_hi").std().item<double>(), 0.02, 0.0005);  // 40,000 numbers: five standard errors
  EXPECT_NEAR(drawn.at("layer0.W_hi").mean().item<double>(), 0, 0.0005);
  EXPECT_EQ(drawn.at("layer0.b_i").abs().max().item<double>(), 0);
  EXPECT_NEAR(drawn.at("output.weight").std().item<double>(), 0.02, 0.002);
  EXPECT_EQ(drawn.at("output.bias").abs().max().item<double>(), 0);
}

TEST(Initialisation, DefaultIsUniformAsLibTorchs) {
  auto wanted = options<scratch::DeepNet::Options>(false, 1);
  wanted.init = "default";
  wanted.hidden_size = 100;
  const at::Tensor drawn = initialised(wanted).at("layer0.W_hi");
  EXPECT_LE(drawn.abs().max().item<double>(), 0.1);
  EXPECT_NEAR(drawn.std().item<double>(), 0.1 / std::sqrt(3), 0.002);
}

TEST(Initialisation, ForgetBiasIsTheTotalOfAllBiases) {
  auto module_options = options<LstmLayer::Options>(false, 2);
  module_options.forget_bias = 1.5;
  RecurrentModel<LstmLayer> model(module_options, kContext);
  const Tensors named = by_name(model.named_parameters());
  for (const std::string layer : {"layer0", "layer1"}) {
    const at::Tensor total = named.at(layer + ".module.bias_ih_l0") + named.at(layer + ".module.bias_hh_l0");
    expect_close(total.chunk(4, 0)[1], at::full({kHidden}, 1.5, at::kDouble), "forget biases");
    EXPECT_LT(total.chunk(4, 0)[0].max().item<double>(), 1) << "the other gates keep theirs";
  }
  auto scratch_options = options<scratch::DeepNet::Options>(false, 1);
  scratch_options.forget_bias = 1.5;
  expect_close(initialised(scratch_options).at("layer0.b_f"), at::full({kHidden}, 1.5, at::kDouble), "forget bias");
}

TEST(Recipes, TiedWeightsAreOneTensorCountedOnce) {
  auto wanted = options<scratch::DeepNet::Options>(false, 1);
  wanted.embedding_size = kHidden;
  wanted.tie_weights = true;
  ModuleModel<scratch::DeepNet> model(wanted, kContext);
  const Tensors named = by_name(model.named_parameters());
  EXPECT_EQ(named.count("output.weight"), 0u);
  const at::Tensor tokens = at::zeros({1, 1}, at::kLong);
  const auto logit = [&](int64_t token) {
    State state = model.initial_state(1);
    return model.forward(tokens, state)[0][0][token].item<double>();
  };
  const double before = logit(3);
  named.at("embedding.weight").detach()[3].add_(1);  // a token that is not an input: only the output uses its row
  EXPECT_NE(logit(3), before);
}

TEST(Recipes, ResidualAddsTheInputOfEveryLayerButTheFirst) {
  auto plain = options<scratch::DeepNet::Options>(false, 2), residual = plain;
  residual.residual = true;
  const auto outputs = [](const scratch::DeepNet::Options& wanted, int64_t layers) {
    auto made = wanted;
    made.num_layers = layers;
    made.layer_norm = false;
    torch::manual_seed(9);
    ModuleModel<scratch::DeepNet> model(made, kContext);
    for (auto& [name, tensor] : model.named_parameters()) {
      // The identity as output layer shows h itself.
      if (name == "output.weight") at::Tensor(tensor).detach().copy_(at::eye(kVocabulary, kHidden, at::kDouble));
      if (name == "output.bias") at::Tensor(tensor).detach().zero_();
    }
    State state = model.initial_state(kRows);
    return model.forward(at::ones({kSteps, kRows}, at::kLong), state).narrow(2, 0, kHidden);
  };
  // The first layer is drawn first, so that it is the same in all three.
  auto one = plain;
  one.residual = false;
  expect_close(outputs(residual, 2), outputs(one, 1) + outputs(plain, 2), "h + y");
}

TEST(Recipes, LayerNormNormalisesOutputs) {
  auto wanted = options<scratch::DeepNet::Options>(false, 1);
  wanted.hidden_size = kVocabulary;
  wanted.layer_norm = true;
  ModuleModel<scratch::DeepNet> model(wanted, kContext);
  for (auto& [name, tensor] : model.named_parameters()) {
    if (name == "output.weight") at::Tensor(tensor).detach().copy_(at::eye(kVocabulary, at::kDouble));
    if (name == "output.bias") at::Tensor(tensor).detach().zero_();
  }
  State state = model.initial_state(kRows);
  const at::Tensor h = model.forward(at::ones({kSteps, kRows}, at::kLong), state);
  expect_close(h.mean(2), at::zeros({kSteps, kRows}, at::kDouble), "means");
  EXPECT_TRUE(at::allclose(h.var(2, false), at::ones({kSteps, kRows}, at::kDouble), 1e-2)) << "epsilon is 1e-5";
}

template <typename Options>
std::string refused_option(const Options& wanted) {
  try {
    wanted.check();
  } catch (const OptionError& error) {
    return error.option();
  }
  return "";
}

TEST(RecurrentOptionsCheck, RefusesWhatHasNoEffectOrCannotBe) {
  auto wanted = options<scratch::DeepNet::Options>(false, 1);
  EXPECT_EQ(refused_option(wanted), "");
  wanted.residual = true;
  EXPECT_EQ(refused_option(wanted), "residual");
  wanted = options<scratch::DeepNet::Options>(true, 1);
  wanted.tie_weights = true;
  wanted.embedding_size = kHidden;  // outputs are twice as wide
  EXPECT_EQ(refused_option(wanted), "tie_weights");
  wanted = options<scratch::DeepNet::Options>(false, 1);
  wanted.reset_after = false;
  EXPECT_EQ(refused_option(wanted), "reset_after");
  wanted.cell = "gru";
  EXPECT_EQ(refused_option(wanted), "");
  wanted.forget_bias = 1;
  EXPECT_EQ(refused_option(wanted), "forget_bias");
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
