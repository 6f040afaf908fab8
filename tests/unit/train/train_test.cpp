// What a training job reports, with datasets and models made by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "lstm/lstm_layer.h"
#include "runner/recurrent/net.h"
#include "unit/train/support.h"

namespace runner::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Lstm = recurrent::RecurrentModel<recurrent::LstmLayer>;

HandData random_data(int64_t batches = 4) {
  return {5, {consecutive(batches, 6, 3, 5, 1)}, consecutive(2, 6, 3, 5, 2), true};
}

protocol::TrainJob lstm_job() {
  auto job = small_job();
  job.model.options = {{"hidden_size", 8}, {"num_layers", 2}, {"dropout", 0.5}};
  job.train["epochs"] = 3;
  job.train["optimizer"] = {{"name", "adam"}, {"lr", 0.01}};
  return job;
}

std::string failure_of(const RecordedEvents& events) {
  const auto failed = events.of("failed");
  return failed.size() == 1 && events.all.back().type == "failed" ? failed[0].at("message").get<std::string>() : "";
}

TEST(Train, ReportsItsStartEveryEpochAndItsEnd) {
  const auto events = run(lstm_job(), factory_of(random_data()), model_factory<Lstm>());
  ASSERT_EQ(events.all.front().type, "started");
  ASSERT_EQ(events.all.back().type, "finished");
  // 4H(V + H + 2) and 4H(H + H + 2) of the layers, V(H + 1) of the output
  EXPECT_EQ(events.all.front().body["facts"]["parameters"], 32 * (5 + 8 + 2) + 32 * (8 + 8 + 2) + 5 * 9);
  EXPECT_EQ(events.all.back().body["facts"]["weights_digest"].get<std::string>().size(), 64u);
  const auto epochs = events.of("epoch");
  ASSERT_EQ(epochs.size(), 3u);
  for (const Json& epoch : epochs) {
    EXPECT_EQ(epoch["trial"], 7);
    const Json& metrics = epoch["metrics"];
    EXPECT_DOUBLE_EQ(metrics["perplexity"], std::exp(metrics["loss"].get<double>()));
    EXPECT_DOUBLE_EQ(metrics["valid_perplexity"], std::exp(metrics["valid_loss"].get<double>()));
    EXPECT_GT(metrics["grad_norm"], 0);
    EXPECT_GT(metrics["seconds"], 0);
    EXPECT_NEAR(metrics["tokens_per_second"].get<double>() * metrics["seconds"].get<double>(), 4 * 6 * 3, 1e-6);
    EXPECT_TRUE(epoch["reasons"].empty());
  }
  EXPECT_EQ(epochs[2]["epoch"], 3);
}

TEST(Train, WithoutAValidationPartThereAreNoNumbersOfOne) {
  HandData data = random_data();
  data.valid.clear();
  const auto events = run(lstm_job(), factory_of(data), model_factory<Lstm>());
  EXPECT_FALSE(events.of("epoch")[0]["metrics"].contains("valid_loss"));
}

TEST(Train, TheSameJobGivesTheSameNumbersWhateverRanBetween) {
  auto job = lstm_job();
  job.samples["prefixes"] = {"ab"};
  const auto data = factory_of(random_data());
  const Json first = run(job, data, model_factory<Lstm>()).timeless();
  auto other = job;
  other.seed = 2;
  EXPECT_NE(run(other, data, model_factory<Lstm>()).timeless(), first);
  EXPECT_EQ(run(job, data, model_factory<Lstm>()).timeless(), first);
}

TEST(Train, SamplingAndEvaluationDoNotChangeTraining) {
  HandData bare = random_data();
  bare.valid.clear();
  auto sampled = lstm_job();
  sampled.samples = {{"every", 1}, {"length", 20}, {"prefixes", {"a", "bcd"}}};
  const auto without = run(lstm_job(), factory_of(bare), model_factory<Lstm>());
  const auto with = run(sampled, factory_of(random_data()), model_factory<Lstm>());
  EXPECT_EQ(with.of("sample").size(), 6u);
  EXPECT_EQ(with.metric("loss"), without.metric("loss"));
  EXPECT_EQ(with.of("finished"), without.of("finished"));
}

TEST(Train, DropoutActsInTrainingOnly) {
  auto job = lstm_job();
  job.train["optimizer"] = {{"name", "sgd"}, {"lr", 1e-30}};
  HandData data = random_data();
  data.valid = data.train[0];
  const auto events = run(job, factory_of(data), model_factory<Lstm>());
  const auto loss = events.metric("loss"), valid = events.metric("valid_loss");
  EXPECT_NE(loss[0], loss[1]);
  EXPECT_EQ(valid[0], valid[1]);
}

TEST(Train, WeighsEveryTokenEqually) {
  // A batch of one row that is predicted well, and one of three rows that is not.
  class Uneven : public HandModel {
   public:
    using HandModel::HandModel;
    at::Tensor forward(const at::Tensor& tokens, State& state) override {
      const at::Tensor logits = HandModel::forward(tokens, state);
      return logits + at::one_hot(tokens, context_.vocabulary) * (tokens.size(1) == 1 ? 3.0 : 0.0);
    }
  };
  const at::Tensor one = at::zeros({2, 1}, at::kLong), three = at::zeros({2, 3}, at::kLong);
  const HandData data{5, {{{one, one, true}, {three, three, true}}}};
  auto job = small_job();
  job.train["optimizer"]["lr"] = 1e-30;
  const double favoured = std::log(4 + std::exp(3)) - 3;
  const auto events = run(job, factory_of(data), model_of<Uneven>());
  EXPECT_NEAR(events.metric("loss")[0], (favoured + 3 * std::log(5.0)) / 4, 1e-6);
}

TEST(Train, EndsWhenItIsTold) {
  auto job = lstm_job();
  RecordedEvents events;
  SwitchedStop stop;
  events.on_event = [&](const auto& event) { stop.on = event.type == "epoch"; };
  worker::train(job, factory_of(random_data()), model_factory<Lstm>(), events, stop);
  EXPECT_EQ(events.of("epoch").size(), 1u);
  EXPECT_EQ(events.all.back().type, "stopped");
  EXPECT_EQ(events.all.back().body["trial"], 7);
  EXPECT_TRUE(events.of("finished").empty());
}

TEST(Train, ALossThatIsNotFiniteEndsTheTrialAndSaysWhere) {
  class TurnsNan : public HandModel {
   public:
    using HandModel::HandModel;
    at::Tensor forward(const at::Tensor& tokens, State& state) override {
      calls_ += at::GradMode::is_enabled();  // training alone
      return HandModel::forward(tokens, state) * (calls_ == 6 ? NAN : 1.0);
    }

   private:
    int calls_ = 0;
  };
  auto job = small_job();
  job.train["epochs"] = 5;
  const HandData data{5, {consecutive(4, 6, 3, 5, 1)}};
  const auto events = run(job, factory_of(data), model_of<TurnsNan>());
  EXPECT_EQ(events.of("epoch").size(), 1u);
  EXPECT_THAT(failure_of(events), AllOf(HasSubstr("epoch 2, batches 1 to 4"), HasSubstr("train.optimizer.lr (now 0.1)"),
                                        HasSubstr("set train.clip_norm")));
}

TEST(Train, APerplexityTooLargeForANumberHasAReasonInstead) {
  class Sure : public HandModel {  // of the wrong token
   public:
    using HandModel::HandModel;
    at::Tensor forward(const at::Tensor& tokens, State& state) override {
      return HandModel::forward(tokens, state) + at::one_hot(at::zeros_like(tokens), context_.vocabulary) * 2000.0;
    }
  };
  const at::Tensor ones = at::ones({2, 1}, at::kLong);
  const auto events = run(small_job(), factory_of({5, {{{ones, ones, true}}}}), model_of<Sure>());
  const Json epoch = events.of("epoch")[0];
  EXPECT_NEAR(epoch["metrics"]["loss"], 2000, 1);
  EXPECT_FALSE(epoch["metrics"].contains("perplexity"));
  EXPECT_THAT(epoch["reasons"]["perplexity"].get<std::string>(), HasSubstr("infinite"));
}

// Tokens of four characters each, as words are; the test split is scored once.
TEST(Train, ScoresBitsPerCharacterAndATestSplit) {
  class Words : public HandDataset {
   public:
    using HandDataset::HandDataset;
    bool has_split(Split split) const override { return split != Split::valid; }
    double characters_per_token(Split) const override { return 4; }
  };
  const HandData text = random_data();
  const FunctionDatasetFactory data([&](const DatasetContext&) {
    HandData both = text;
    both.valid = consecutive(2, 6, 3, text.vocabulary, 9);
    return std::make_unique<Words>(both);
  });
  const auto events = run(small_job(), data, model_of<HandModel>());
  EXPECT_NEAR(events.metric("bits_per_character")[0], events.metric("loss")[0] / std::log(2) / 4, 1e-12);
  EXPECT_FALSE(events.of("epoch")[0]["metrics"].contains("valid_loss"));
  const Json facts = events.of("finished")[0]["facts"];
  EXPECT_GT(facts["test_perplexity"].get<double>(), 1);
  EXPECT_NEAR(facts["test_bits_per_character"].get<double>(), facts["test_loss"].get<double>() / std::log(2) / 4,
              1e-12);
}

TEST(Train, ATensorWithTwoNamesCountsAndMovesOnce) {
  class Tied : public HandModel {
   public:
    using HandModel::HandModel;
    NamedTensors named_parameters() override { return {{"a", weight_}, {"b", weight_}}; }
  };
  const auto data = factory_of(random_data());
  const auto tied = run(small_job(), data, model_of<Tied>());
  const auto plain = run(small_job(), data, model_of<HandModel>());
  EXPECT_EQ(tied.of("started")[0]["facts"]["parameters"], 5);
  EXPECT_EQ(tied.metric("loss"), plain.metric("loss"));
}

TEST(Train, UnknownDevicesAndOptimizersAreFailures) {
  auto job = small_job();
  job.device = "cuda:99";
  EXPECT_THAT(failure_of(run(job, factory_of(random_data()), model_of<HandModel>())),
              HasSubstr("cuda:99 was asked for"));
  job = small_job();
  job.train["optimizer"]["name"] = "adagrad";
  EXPECT_THAT(failure_of(run(job, factory_of(random_data()), model_of<HandModel>())), HasSubstr("unknown optimizer"));
}

TEST(Train, ErrorsOfPluginsAreFailuresThatSayWhere) {
  class Throws : public HandModel {
   public:
    using HandModel::HandModel;
    at::Tensor forward(const at::Tensor& tokens, State& state) override {
      if (at::GradMode::is_enabled()) throw 42;
      return HandModel::forward(tokens, state);
    }
  };
  EXPECT_THAT(failure_of(run(small_job(), factory_of(random_data()), model_of<Throws>())),
              AllOf(HasSubstr("while training in epoch 1, step 1"), HasSubstr("an exception of type int")));
  const FunctionModelFactory refuses(
      [](const ModelContext&) -> std::unique_ptr<Model> { throw OptionError("heads", "must divide 7"); });
  EXPECT_EQ(failure_of(run(small_job(), factory_of(random_data()), refuses)),
            "while building the model: heads: must divide 7");
}

}  // namespace
}  // namespace runner::test
