// The fused plugins as models, against the plugins that wrap LibTorch's modules.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <string>

#include "gru/gru_layer.h"
#include "lstm/lstm_layer.h"
#include "models/fused/fused_layer.h"
#include "rnn/rnn_layer.h"
#include "runner/recurrent/net.h"

namespace runner::fused {
namespace {

constexpr int64_t kVocabulary = 13, kSteps = 6, kRows = 5;

// A fused layer and the one that it replaces.
template <typename Fused, typename Module>
struct Pair {
  using FusedModel = recurrent::RecurrentModel<Fused>;
  using OtherModel = recurrent::RecurrentModel<Module>;
};
using Pairs = ::testing::Types<Pair<RnnLayer, recurrent::RnnLayer>, Pair<GruLayer, recurrent::GruLayer>,
                               Pair<LstmLayer, recurrent::LstmLayer>>;

template <typename T>
class FusedModels : public ::testing::Test {};
TYPED_TEST_SUITE(FusedModels, Pairs);

struct Recipe {
  int64_t layers = 1;
  bool bidirectional = false;
  int64_t embedding = 0;
  std::string init = "default";
};
const Recipe kRecipes[] = {{}, {3, false, 4}, {2, true, 0}};

template <typename Model>
Model seeded(const Recipe& recipe, at::ScalarType dtype = at::kFloat) {
  typename Model::Options options;
  options.hidden_size = 37;
  options.num_layers = recipe.layers;
  options.bidirectional = recipe.bidirectional;
  options.embedding_size = recipe.embedding;
  options.init = recipe.init;
  torch::manual_seed(7);
  return Model(options, {kVocabulary, at::kCPU, dtype});
}

at::Tensor tokens() { return at::arange(kSteps * kRows).reshape({kSteps, kRows}).remainder(kVocabulary); }

at::Tensor logits(Model& model) {
  State state = model.initial_state(kRows);
  return model.forward(tokens(), state);
}

void expect_same(const NamedTensors& mine, const NamedTensors& theirs) {
  ASSERT_EQ(mine.size(), theirs.size());
  for (size_t i = 0; i < mine.size(); ++i) {
    EXPECT_EQ(mine[i].first, theirs[i].first);
    EXPECT_TRUE(at::equal(mine[i].second, theirs[i].second)) << mine[i].first;
  }
}

TYPED_TEST(FusedModels, HaveTheWeightsOfTheirModules) {
  for (const char* init : {"default", "normal", "orthogonal"}) {
    for (Recipe recipe : kRecipes) {
      SCOPED_TRACE(init);
      recipe.init = init;
      auto fused = seeded<typename TypeParam::FusedModel>(recipe);
      auto module = seeded<typename TypeParam::OtherModel>(recipe);
      expect_same(fused.named_parameters(), module.named_parameters());
    }
  }
}

TYPED_TEST(FusedModels, ComputeWhatTheirModulesDo) {
  for (const Recipe& recipe : kRecipes) {
    auto fused = seeded<typename TypeParam::FusedModel>(recipe);
    auto module = seeded<typename TypeParam::OtherModel>(recipe, at::kDouble);
    const at::Tensor mine = logits(fused), theirs = logits(module);
    EXPECT_TRUE(at::allclose(mine.to(at::kDouble), theirs, 1e-5, 1e-6));
    at::cross_entropy_loss(mine.flatten(0, 1), tokens().flatten()).backward();
    at::cross_entropy_loss(theirs.flatten(0, 1), tokens().flatten()).backward();
    const NamedTensors own = fused.named_parameters(), exact = module.named_parameters();
    for (size_t i = 0; i < own.size(); ++i) {
      EXPECT_TRUE(at::allclose(own[i].second.grad().to(at::kDouble), exact[i].second.grad(), 1e-4, 1e-7))
          << own[i].first;
    }
  }
}

// A model that is moved to double precision leaves the kernels for LibTorch.
TYPED_TEST(FusedModels, ComputeTheSameInDoublePrecision) {
  for (const Recipe& recipe : kRecipes) {
    auto model = seeded<typename TypeParam::FusedModel>(recipe);
    const at::Tensor single = logits(model);
    model.to(at::kCPU, at::kDouble);
    const at::Tensor exact = logits(model);
    EXPECT_EQ(exact.scalar_type(), at::kDouble);
    EXPECT_TRUE(at::allclose(single.to(at::kDouble), exact, 1e-5, 1e-6));
  }
}

// Kernels and LibTorch's functions read matrices in different orders; neither shall copy them at every call.
TYPED_TEST(FusedModels, LayTheirWeightsOutForWhatComputesWithThem) {
  auto model = seeded<typename TypeParam::FusedModel>({});
  const auto matrix = [&] { return model.named_parameters().front().second; };
  const at::Tensor drawn = matrix().detach().clone();
  EXPECT_TRUE(matrix().t().is_contiguous());
  model.to(at::kCPU, at::kDouble);
  EXPECT_TRUE(matrix().is_contiguous());
  model.to(at::kCPU, at::kFloat);
  EXPECT_TRUE(matrix().t().is_contiguous());
  EXPECT_TRUE(at::equal(matrix(), drawn));
}

// The way that a GPU takes, too.
TYPED_TEST(FusedModels, EqualTheirModulesInDoublePrecision) {
  for (const Recipe& recipe : kRecipes) {
    auto fused = seeded<typename TypeParam::FusedModel>(recipe, at::kDouble);
    auto module = seeded<typename TypeParam::OtherModel>(recipe, at::kDouble);
    const at::Tensor mine = logits(fused), theirs = logits(module);
    EXPECT_TRUE(at::allclose(mine, theirs, 1e-12, 1e-14));
    mine.pow(2).sum().backward();
    theirs.pow(2).sum().backward();
    const NamedTensors own = fused.named_parameters(), others = module.named_parameters();
    for (size_t i = 0; i < own.size(); ++i) {
      EXPECT_TRUE(at::allclose(own[i].second.grad(), others[i].second.grad(), 1e-10, 1e-12)) << own[i].first;
    }
  }
}

TYPED_TEST(FusedModels, ComputeTheSameInEvaluation) {
  for (const Recipe& recipe : kRecipes) {
    auto model = seeded<typename TypeParam::FusedModel>(recipe);
    model.train(true);
    const at::Tensor training = logits(model);
    model.train(false);
    EXPECT_TRUE(at::equal(logits(model), training));
    const at::NoGradGuard no_grad;
    EXPECT_TRUE(at::equal(logits(model), training));
  }
}

TEST(FusedGru, ResetsBeforeTheProductInBothPrecisions) {
  GruOptions options;
  options.hidden_size = 37;
  options.num_layers = 2;
  options.reset_after = false;
  recurrent::RecurrentModel<GruLayer> model(options, {kVocabulary, at::kCPU, at::kFloat});
  const at::Tensor single = logits(model);
  model.to(at::kCPU, at::kDouble);
  EXPECT_TRUE(at::allclose(single.to(at::kDouble), logits(model), 1e-5, 1e-6));
}

TEST(FusedLstm, FindsItsForgetGate) {
  LstmOptions options;
  options.hidden_size = 3;
  options.forget_bias = 1.5;
  recurrent::RecurrentModel<LstmLayer> model(options, {kVocabulary, at::kCPU, at::kFloat});
  at::Tensor total = at::zeros({12});
  for (const auto& [name, value] : model.named_parameters()) {
    if (name.find("module.bias") != std::string::npos) total += value.detach();
  }
  EXPECT_TRUE(at::equal(total.narrow(0, 3, 3), at::full({3}, 1.5)));
  EXPECT_LT(total.narrow(0, 0, 3).max().item<float>(), 1.5) << "the other gates keep theirs";
}

}  // namespace
}  // namespace runner::fused
