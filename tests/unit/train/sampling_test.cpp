// Greedy samples, from models whose next token is known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/train/support.h"

namespace runner::test {
namespace {

using ::testing::ElementsAre;

// After token k comes k + 1; records what it is fed one token at a time.
class Successor : public HandModel {
 public:
  Successor(const ModelContext& context, std::vector<int64_t>& asked) : HandModel(context), asked_(asked) {}
  at::Tensor forward(const at::Tensor& tokens, State& state) override {
    if (tokens.numel() == 1) {
      EXPECT_FALSE(training_);
      EXPECT_EQ(state[0].value[0][0].item<int64_t>(), static_cast<int64_t>(asked_.size()));
      EXPECT_FALSE(at::GradMode::is_enabled());
      asked_.push_back(tokens.item<int64_t>());
    }
    return HandModel::forward(tokens, state) +
           at::one_hot((tokens + 1).remainder(context_.vocabulary), context_.vocabulary);
  }

 private:
  std::vector<int64_t>& asked_;
};

HandData letters() { return {26, {consecutive(2, 4, 3, 26, 1)}, {}, true}; }

protocol::TrainJob sampling_job(int64_t epochs, int64_t every, std::vector<std::string> prefixes) {
  auto job = small_job();
  job.train["epochs"] = epochs;
  job.train["optimizer"]["lr"] = 1e-30;
  job.samples = {{"every", every}, {"length", 4}, {"prefixes", prefixes}};
  return job;
}

TEST(Sampling, FeedsThePrefixTokenByTokenAndGoesOnWithTheMostLikely) {
  std::vector<int64_t> asked;
  const auto events = run(sampling_job(1, 0, {"xyc"}), factory_of(letters()), model_of<Successor>(asked));
  const auto samples = events.of("sample");
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0], (Json{{"trial", 7}, {"epoch", 1}, {"prefix", "xyc"}, {"text", "xycdefg"}}));
  // The last token generated is not fed: nothing comes after it.
  EXPECT_THAT(asked, ElementsAre('x' - 'a', 'y' - 'a', 2, 3, 4, 5));
}

std::vector<int64_t> sampled_epochs(int64_t epochs, int64_t every) {
  const auto events = run(sampling_job(epochs, every, {"a"}), factory_of(letters()), model_of<HandModel>());
  std::vector<int64_t> result;
  for (const Json& sample : events.of("sample")) result.push_back(sample["epoch"]);
  return result;
}

TEST(Sampling, HappensEveryKEpochsAndAfterTheLastOnce) {
  EXPECT_THAT(sampled_epochs(5, 2), ElementsAre(2, 4, 5));
  EXPECT_THAT(sampled_epochs(4, 2), ElementsAre(2, 4));
  EXPECT_THAT(sampled_epochs(3, 0), ElementsAre(3));
}

TEST(Sampling, FollowsItsEpochInTheEventsOnePrefixAfterTheOther) {
  const auto events = run(sampling_job(1, 1, {"a", "b"}), factory_of(letters()), model_of<HandModel>());
  std::vector<std::string> types;
  for (const auto& event : events.all) types.push_back(event.type);
  EXPECT_THAT(types, ElementsAre("started", "epoch", "sample", "sample", "finished"));
  EXPECT_EQ(events.of("sample")[1]["prefix"], "b");
}

TEST(Sampling, AnEmptyPrefixIsAFailure) {
  const auto events = run(sampling_job(1, 1, {""}), factory_of(letters()), model_of<HandModel>());
  EXPECT_EQ(events.all.back().type, "failed");
}

}  // namespace
}  // namespace runner::test
