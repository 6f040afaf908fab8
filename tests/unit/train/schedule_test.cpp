// Learning rates against closed formulas and published numbers; when training stops early.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/optim.h>

#include <cmath>

#include "unit/train/support.h"
#include "worker/train/early_stopping.h"
#include "worker/train/schedule.h"

namespace runner::test {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pointwise;
using worker::EarlyStopping;
using worker::make_schedule;
using worker::Schedule;

constexpr double kPi = 3.14159265358979323846;

// The rates of every step of `epochs` epochs of `batches` batches.
std::vector<double> rates(const Json& description, double lr, int64_t epochs, int64_t batches = 1) {
  const auto schedule = make_schedule(description, lr, epochs);
  std::vector<double> result;
  for (int64_t epoch = 1; epoch <= epochs; ++epoch) {
    for (int64_t batch = 0; batch < batches; ++batch) {
      result.push_back(schedule->learning_rate({epoch, batch, batches}));
    }
  }
  return result;
}

auto Near(const std::vector<double>& expected) { return Pointwise(DoubleNear(1e-12), expected); }

TEST(Schedule, ConstantIsTheOptimizersRate) {
  EXPECT_THAT(rates({{"name", "constant"}}, 0.1, 3, 2), ElementsAre(0.1, 0.1, 0.1, 0.1, 0.1, 0.1));
}

TEST(Schedule, StepMultipliesEveryFewEpochs) {
  EXPECT_THAT(rates({{"name", "step"}, {"every", 2}, {"factor", 0.5}}, 8, 7), Near({8, 8, 4, 4, 2, 2, 1}));
  EXPECT_THAT(rates({{"name", "step"}, {"every", 1}}, 1, 3), Near({1, 0.1, 0.01})) << "a tenth unless said otherwise";
}

TEST(Schedule, StepIsLibTorchsStepLR) {
  torch::optim::SGD sgd({torch::zeros({1}, torch::requires_grad())}, torch::optim::SGDOptions(0.3));
  torch::optim::StepLR reference(sgd, 3, 0.7);
  reference.step();  // in Python its constructor does this
  std::vector<double> expected;
  for (int epoch = 0; epoch < 10; ++epoch) {
    expected.push_back(sgd.param_groups()[0].options().get_lr());
    sgd.step();
    reference.step();
  }
  EXPECT_THAT(rates({{"name", "step"}, {"every", 3}, {"factor", 0.7}}, 0.3, 10), Near(expected));
}

TEST(Schedule, StaysTheSameWithinAnEpochOfStepAndExponential) {
  EXPECT_THAT(rates({{"name", "step"}, {"every", 1}, {"factor", 0.5}}, 4, 2, 3), Near({4, 4, 4, 2, 2, 2}));
  EXPECT_THAT(rates({{"name", "exponential"}, {"factor", 0.5}}, 4, 2, 3), Near({4, 4, 4, 2, 2, 2}));
}

TEST(Schedule, ExponentialMultipliesEveryEpoch) {
  EXPECT_THAT(rates({{"name", "exponential"}, {"factor", 0.5}}, 8, 4), Near({8, 4, 2, 1}));
}

// Zaremba et al. 2014: the medium model, rate 1 for 6 epochs, then a factor of 1/1.2 after each, 39 in all.
TEST(Schedule, ExponentialCanBeZarembas) {
  const auto found = rates({{"name", "exponential"}, {"factor", 1 / 1.2}, {"after", 6}}, 1, 39);
  EXPECT_THAT(std::vector<double>(found.begin(), found.begin() + 8), Near({1, 1, 1, 1, 1, 1, 1 / 1.2, 1 / 1.44}));
  EXPECT_NEAR(found[38], std::pow(1.2, -33), 1e-12);
}

TEST(Schedule, CosineFallsWithEveryStepFromTheRateToTheSmallest) {
  const auto found = rates({{"name", "cosine"}, {"min_lr", 0.2}}, 1, 4, 5);
  for (int step = 0; step < 20; ++step) {
    EXPECT_NEAR(found[static_cast<size_t>(step)], 0.2 + 0.4 * (1 + std::cos(kPi * step / 20)), 1e-12) << step;
  }
  EXPECT_THAT(rates({{"name", "cosine"}}, 2, 4), Near({2, 1 + std::sqrt(0.5), 1, 1 - std::sqrt(0.5)}));
}

TEST(Schedule, CosineBeginsWhereTheWarmupEnds) {
  const auto found = rates({{"name", "cosine"}, {"warmup", 1}}, 1, 3, 4);
  EXPECT_THAT(std::vector<double>(found.begin(), found.begin() + 5), Near({0.25, 0.5, 0.75, 1, 1}));
  for (int step = 4; step < 12; ++step) {
    EXPECT_NEAR(found[static_cast<size_t>(step)], (1 + std::cos(kPi * (step - 4) / 8)) / 2, 1e-12) << step;
  }
}

TEST(Schedule, WarmupRisesStepByStepWhateverTheName) {
  EXPECT_THAT(rates({{"name", "constant"}, {"warmup", 2}}, 8, 3, 2), Near({2, 4, 6, 8, 8, 8}));
  EXPECT_THAT(rates({{"name", "constant"}, {"warmup", 1.5}}, 3, 2, 2), Near({1, 2, 3, 3})) << "half an epoch more";
  EXPECT_THAT(rates({{"name", "step"}, {"every", 1}, {"factor", 0.5}, {"warmup", 1}}, 8, 2, 2), Near({4, 8, 4, 4}));
  EXPECT_THAT(rates({{"name", "exponential"}, {"factor", 0.5}, {"warmup", 2}}, 8, 3), Near({4, 4, 2}));
  EXPECT_THAT(rates({{"name", "halve_on_plateau"}, {"warmup", 1}}, 8, 2, 2), Near({4, 8, 8, 8}));
}

TEST(Schedule, AWarmupAsLongAsTrainingLeavesNothingToFall) {
  EXPECT_THAT(rates({{"name", "cosine"}, {"warmup", 2}}, 4, 2, 2), Near({1, 2, 3, 4}));
}

// The rates of the epochs that follow each of `heard`.
std::vector<double> after_hearing(const std::vector<double>& heard, Json description) {
  description["name"] = "halve_on_plateau";
  description["metric"] = "loss";
  const auto schedule = make_schedule(description, 1, 100);
  std::vector<double> result;
  for (size_t i = 0; i < heard.size(); ++i) {
    schedule->hear(std::isnan(heard[i]) ? Json::object() : Json{{"loss", heard[i]}});
    result.push_back(schedule->learning_rate({static_cast<int64_t>(i) + 2, 0, 1}));
  }
  return result;
}

TEST(HalveOnPlateau, HalvesWhenTheMetricDoesNotImprove) {
  EXPECT_THAT(after_hearing({5, 4, 4, 4.5, 3, 3.5}, Json::object()), Near({1, 1, 0.5, 0.25, 0.25, 0.125}));
}

TEST(HalveOnPlateau, IsPatientAndCountsAnewAfterEachReduction) {
  EXPECT_THAT(after_hearing({5, 6, 4, 6, 6, 6, 6, 6}, {{"patience", 2}}), Near({1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25}));
}

TEST(HalveOnPlateau, AnImprovementIsLargerThanMinDelta) {
  EXPECT_THAT(after_hearing({5, 4.5, 3.9, 3.5}, {{"min_delta", 0.5}}), Near({1, 0.5, 0.5, 0.25}));
}

TEST(HalveOnPlateau, ANumberThatIsMissingIsNoImprovement) {
  EXPECT_THAT(after_hearing({NAN, 5, NAN}, Json::object()), Near({0.5, 0.5, 0.25}));
}

TEST(HalveOnPlateau, HasAFactorAndAFloor) {
  EXPECT_THAT(after_hearing({5, 5, 5, 5}, {{"factor", 0.25}, {"min_lr", 0.05}}), Near({1, 0.25, 0.0625, 0.05}));
}

// The epoch with which training ends, and why; 0: it does not.
std::pair<int64_t, std::string> end_of(const EarlyStoppingOptions& options, const std::vector<double>& heard) {
  EarlyStopping stopping(options);
  for (size_t i = 0; i < heard.size(); ++i) {
    const auto epoch = static_cast<int64_t>(i) + 1;
    const std::string reason =
        stopping.hear(epoch, std::isnan(heard[i]) ? Json::object() : Json{{"valid_loss", heard[i]}});
    if (!reason.empty()) return {epoch, reason};
  }
  return {0, ""};
}

TEST(EarlyStopping, EndsAfterThatManyEpochsWithoutAnImprovement) {
  const std::vector<double> losses = {5, 4, 4.5, 3, 3, 3.5, 2};
  EXPECT_EQ(end_of({"valid_loss", 2, 0}, losses).first, 6);
  EXPECT_EQ(end_of({"valid_loss", 1, 0}, losses).first, 3);
  EXPECT_EQ(end_of({"valid_loss", 3, 0}, losses).first, 0);
  EXPECT_EQ(end_of({"valid_loss", 0, 0}, losses).first, 0) << "off";
}

TEST(EarlyStopping, SaysWhatItWaitedForAndTheBest) {
  EXPECT_EQ(end_of({"valid_loss", 2, 0}, {5, 4, 4, 4.5}).second,
            "valid_loss has not improved for 2 epochs; best 4 at epoch 2");
  EXPECT_EQ(end_of({"valid_loss", 1, 0}, {NAN}).second, "valid_loss has not improved for 1 epoch");
}

TEST(EarlyStopping, AnImprovementIsLargerThanMinDelta) {
  EXPECT_EQ(end_of({"valid_loss", 2, 0.5}, {5, 4.6, 4.4, 4.0, 3.95}).first, 5);
}

protocol::TrainJob job_of(int64_t epochs) {
  auto job = small_job();
  job.train["epochs"] = epochs;
  job.train["optimizer"] = {{"name", "sgd"}, {"lr", 0.5}};
  return job;
}

HandData four_batches() { return {5, {consecutive(4, 6, 3, 5, 1)}, consecutive(2, 6, 3, 5, 2), true}; }

std::string digest_of(const RecordedEvents& events) {
  EXPECT_EQ(events.all.back().type, "finished") << events.all.back().body;
  return events.of("finished").at(0)["facts"]["weights_digest"];
}

TEST(Training, ReportsTheRateOfAnEpochsLastStep) {
  auto job = job_of(3);
  EXPECT_THAT(run(job, factory_of(four_batches()), model_of<HandModel>()).metric("learning_rate"),
              ElementsAre(0.5, 0.5, 0.5));
  job.train["schedule"] = {{"name", "cosine"}, {"min_lr", 0.1}};
  EXPECT_THAT(run(job, factory_of(four_batches()), model_of<HandModel>()).metric("learning_rate"),
              Near({0.3 + 0.2 * std::cos(kPi * 3 / 12), 0.3 + 0.2 * std::cos(kPi * 7 / 12),
                    0.3 + 0.2 * std::cos(kPi * 11 / 12)}));
}

TEST(Training, AConstantScheduleChangesNothing) {
  auto job = job_of(3);
  const auto data = factory_of(four_batches());
  const Json without = run(job, data, model_of<HandModel>()).timeless();
  job.train["schedule"] = {{"name", "constant"}, {"warmup", 0.0}};
  job.train["early_stopping"] = {{"metric", "valid_perplexity"}, {"patience", 0}, {"min_delta", 0.0}};
  EXPECT_EQ(run(job, data, model_of<HandModel>()).timeless(), without);
}

// The first epoch's loss is the same with a step after it. The second's is not.
TEST(Training, EveryOptimizerTakesTheRateThatTheScheduleSays) {
  for (const char* name : {"sgd", "adam", "adamw", "rmsprop"}) {
    auto job = job_of(2);
    job.train["optimizer"] = {{"name", name}, {"lr", 0.01}};
    const auto plain = run(job, factory_of(four_batches()), model_of<HandModel>());
    job.train["schedule"] = {{"name", "step"}, {"every", 1}, {"factor", 0.5}};
    const auto stepped = run(job, factory_of(four_batches()), model_of<HandModel>());
    EXPECT_EQ(stepped.metric("loss")[0], plain.metric("loss")[0]) << name;
    EXPECT_NE(stepped.metric("loss")[1], plain.metric("loss")[1]) << name;
  }
}

// Two steps of SGD on two logits, as in optimizer_test.cpp: the first is 0.5, the second a quarter of 1 - p.
TEST(Training, AStepIsAsLargeAsTheScheduleSays) {
  class Watched : public HandModel {
   public:
    Watched(const ModelContext& context, at::Tensor& weight) : HandModel(context) { weight = weight_; }
  };
  const at::Tensor zeros = at::zeros({3, 2}, at::kLong);
  auto job = job_of(2);
  job.train["optimizer"]["lr"] = 1.0;
  job.train["schedule"] = {{"name", "step"}, {"every", 1}, {"factor", 0.25}};
  at::Tensor weight;
  run(job, factory_of({2, {{{zeros, zeros, true}}}}), model_of<Watched>(weight));
  EXPECT_NEAR(weight[0].item<double>(), 0.5 + 0.25 * (1 - 1 / (1 + std::exp(-1.0))), 1e-6);
}

TEST(Training, PlateausHalveTheRateOfLaterEpochs) {
  auto job = job_of(4);
  job.train["schedule"] = {{"name", "halve_on_plateau"}, {"metric", "valid_loss"}, {"min_delta", 100.0}};
  const auto events = run(job, factory_of(four_batches()), model_of<HandModel>());
  EXPECT_THAT(events.metric("learning_rate"), Near({0.5, 0.5, 0.25, 0.125}));
}

TEST(Training, EndsEarlyAsItWouldAfterItsLastEpoch) {
  auto job = job_of(40);
  job.samples = {{"every", 0}, {"length", 3}, {"prefixes", {"ab"}}};
  job.train["early_stopping"] = {{"metric", "loss"}, {"patience", 2}, {"min_delta", 100.0}};
  const auto early = run(job, factory_of(four_batches()), model_of<HandModel>());
  job.train.erase("early_stopping");
  job.train["epochs"] = 3;
  const auto short_one = run(job, factory_of(four_batches()), model_of<HandModel>());
  EXPECT_EQ(early.metric("loss"), short_one.metric("loss"));
  EXPECT_EQ(early.of("sample"), short_one.of("sample"));
  EXPECT_EQ(digest_of(early), digest_of(short_one));
  EXPECT_EQ(early.of("finished")[0]["facts"]["stopped_early"], 3);
  EXPECT_THAT(early.of("epoch")[2]["stops_early"].get<std::string>(), HasSubstr("has not improved for 2 epochs"));
  EXPECT_FALSE(early.of("epoch")[1].contains("stops_early"));
}

TEST(Training, TheLastEpochIsNoEarlyEnd) {
  auto job = job_of(3);
  job.train["early_stopping"] = {{"metric", "loss"}, {"patience", 2}, {"min_delta", 100.0}};
  const auto events = run(job, factory_of(four_batches()), model_of<HandModel>());
  EXPECT_FALSE(events.of("epoch")[2].contains("stops_early"));
  EXPECT_FALSE(events.of("finished")[0]["facts"].contains("stopped_early"));
}

TEST(Training, SchedulesDoNotChangeWhatIsTrainedOn) {
  class Listener : public HandModel {
   public:
    Listener(const ModelContext& context, std::vector<int64_t>& heard) : HandModel(context), heard_(heard) {}
    at::Tensor forward(const at::Tensor& tokens, State& state) override {
      if (training_) heard_.push_back((tokens * at::arange(1, tokens.size(0) + 1).unsqueeze(1)).sum().item<int64_t>());
      return HandModel::forward(tokens, state);
    }

   private:
    std::vector<int64_t>& heard_;
  };
  std::vector<int64_t> plain, cosine;
  auto job = job_of(3);
  run(job, factory_of(four_batches()), model_of<Listener>(plain));
  job.train["schedule"] = {{"name", "cosine"}, {"warmup", 0.5}};
  run(job, factory_of(four_batches()), model_of<Listener>(cosine));
  EXPECT_EQ(plain, cosine);
  EXPECT_GE(plain.size(), 12u);
}

TEST(Training, UnknownSchedulesAreFailures) {
  auto job = job_of(1);
  job.train["schedule"] = {{"name", "stairs"}};
  const auto events = run(job, factory_of(four_batches()), model_of<HandModel>());
  EXPECT_THAT(events.of("failed").at(0)["message"].get<std::string>(), HasSubstr("unknown schedule \"stairs\""));
}

}  // namespace
}  // namespace runner::test
