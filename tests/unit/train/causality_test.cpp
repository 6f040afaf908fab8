// Models that read what they shall predict are found, and scored as if they did not.
#include "worker/train/causality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "gru/gru_layer.h"
#include "runner/recurrent/net.h"
#include "unit/train/support.h"
#include "worker/train/evaluate.h"

namespace runner::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kVocabulary = 5;

HandData random_text() { return {kVocabulary, {consecutive(3, 8, 2, kVocabulary, 1)}}; }

// The logit of the next token of the chunk gets `weight_[0]`: nothing as long as that is zero.
class Peeks : public HandModel {
 public:
  Peeks(const ModelContext& context, const double& initial) : HandModel(context, {1}) {
    weight_.detach().fill_(initial);
  }
  at::Tensor forward(const at::Tensor& tokens, State&) override {
    const at::Tensor next = at::one_hot(tokens.roll(-1, 0), context_.vocabulary).to(at::kFloat);
    return next * weight_;
  }
};

// Sees nothing but each token itself.
class Bigram : public HandModel {
 public:
  explicit Bigram(const ModelContext& context) : HandModel(context, {context.vocabulary, context.vocabulary}) {}
  at::Tensor forward(const at::Tensor& tokens, State&) override { return at::embedding(weight_, tokens); }
};

class Noisy : public HandModel {
 public:
  using HandModel::HandModel;
  at::Tensor forward(const at::Tensor& tokens, State& state) override {
    return HandModel::forward(tokens, state) + at::randn({tokens.size(0), tokens.size(1), context_.vocabulary});
  }
};

std::vector<std::string> flags_of(const RecordedEvents& events) {
  std::vector<std::string> flags;
  for (const Json& body : events.of("flag")) flags.push_back(body["flag"]);
  return flags;
}

TEST(Causality, AModelThatKeepsToThePastHasNoFlag) {
  const auto events = run(small_job(), factory_of(random_text()), model_of<Bigram>());
  EXPECT_THAT(flags_of(events), IsEmpty());
  EXPECT_FALSE(events.of("finished")[0]["facts"].contains("causal_perplexity"));
}

TEST(Causality, AModelThatSeesTheFutureIsFlaggedOnceAndScoredWithoutIt) {
  const double initial = 3;
  const auto events = run(small_job(), factory_of(random_text()), model_of<Peeks>(initial));
  EXPECT_THAT(flags_of(events), ElementsAre("sees_future"));
  const Json facts = events.of("finished")[0]["facts"];
  EXPECT_EQ(facts["causal_positions"], 3 * 8 * 2);
  EXPECT_GT(facts["causal_perplexity"].get<double>(), events.metric("perplexity").back());
}

// Training opens a path that zero weights hid at the start.
TEST(Causality, APathThatOpensInTrainingIsFound) {
  const double initial = 0;
  const auto events = run(small_job(), factory_of(random_text()), model_of<Peeks>(initial));
  EXPECT_THAT(flags_of(events), ElementsAre("sees_future"));
}

TEST(Causality, AModelThatCannotBeRepeatedIsNamedNotJudged) {
  const auto events = run(small_job(), factory_of(random_text()), model_of<Noisy>());
  EXPECT_THAT(flags_of(events), IsEmpty());
  ASSERT_EQ(events.of("warning").size(), 1u);
  EXPECT_THAT(events.of("warning")[0]["message"].get<std::string>(), HasSubstr("cannot be told"));
}

using Gru = recurrent::RecurrentModel<recurrent::GruLayer>;

std::unique_ptr<worker::GuardedModel> gru(bool bidirectional) {
  torch::manual_seed(4);
  Gru::Options options;
  options.hidden_size = 6;
  options.bidirectional = bidirectional;
  const ModelContext context{kVocabulary, at::kCPU, at::kFloat};
  return std::make_unique<worker::GuardedModel>(std::make_unique<Gru>(options, context), "gru", context);
}

TEST(Causality, OnlyTheBackwardDirectionSeesTheFuture) {
  const Batch batch = consecutive(1, 12, 3, kVocabulary, 2)[0];
  const at::NoGradGuard no_grad;
  EXPECT_EQ(worker::probe_causality(*gru(false), batch), worker::Causality::causal);
  EXPECT_EQ(worker::probe_causality(*gru(true), batch), worker::Causality::sees_future);
}

TEST(Causality, ASingleStepHasNoFuture) {
  const at::NoGradGuard no_grad;
  EXPECT_EQ(worker::probe_causality(*gru(true), consecutive(1, 1, 3, kVocabulary, 2)[0]), worker::Causality::causal);
}

// For a model that keeps to the past, token by token and chunk by chunk are the same.
TEST(CausalScore, OfACausalModelIsItsLoss) {
  const HandDataset data(random_text());
  const auto model = gru(false);
  RecordedEvents events;
  const SwitchedStop stop;
  worker::Pulse pulse(7, events, stop);
  const at::NoGradGuard no_grad;
  const auto score = worker::causal_score(*model, data, 1, 1000, pulse);
  EXPECT_EQ(score.positions, 3 * 8 * 2) << "there are no more";
  EXPECT_NEAR(score.loss, worker::mean_loss(*model, data, Split::train, 1, pulse), 1e-6);
  EXPECT_EQ(worker::causal_score(*model, data, 1, 17, pulse).positions, 2 * 8 * 2) << "whole chunks";
}

}  // namespace
}  // namespace runner::test
