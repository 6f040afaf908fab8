// How the state is carried: a model records what it is given.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/train/support.h"

namespace runner::test {
namespace {

using ::testing::ElementsAre;

// What a call of forward saw: the number of calls since the state was new, and whether a graph hung on it.
struct Seen {
  int64_t age;
  bool has_graph;
  bool training;
};

constexpr int64_t kRows = 3, kValidRows = 2;

class Probe : public HandModel {
 public:
  Probe(const ModelContext& context, std::vector<Seen>& seen) : HandModel(context), seen_(seen) {}
  at::Tensor forward(const at::Tensor& tokens, State& state) override {
    // Whether the model sees the future is asked with training batches, but not in training.
    if (training_ || tokens.size(1) == kValidRows)
      seen_.push_back({state[0].value[0][0].item<int64_t>(), state[0].value.requires_grad(), training_});
    const at::Tensor logits = HandModel::forward(tokens, state);
    state[0].value = state[0].value + 0 * weight_[0];  // hangs a graph on the state
    return logits;
  }

 private:
  std::vector<Seen>& seen_;
};

std::vector<Seen> seen_in(const protocol::TrainJob& job, const HandData& data) {
  std::vector<Seen> seen;
  const auto events = run(job, factory_of(data), model_of<Probe>(seen));
  EXPECT_EQ(events.all.back().type, "finished");
  return seen;
}

std::vector<int64_t> ages(const std::vector<Seen>& seen) {
  std::vector<int64_t> result;
  for (const Seen& call : seen) result.push_back(call.age);
  return result;
}

protocol::TrainJob two_epochs(const std::string& reset_state) {
  auto job = small_job();
  job.train["epochs"] = 2;
  job.train["reset_state"] = reset_state;
  return job;
}

TEST(State, IsCarriedWithinAnEpochAndResetWithTheNext) {
  const auto seen = seen_in(two_epochs("epoch"), {5, {consecutive(3, 4, kRows, 5, 1)}});
  EXPECT_THAT(ages(seen), ElementsAre(0, 1, 2, 0, 1, 2));
}

TEST(State, IsNeverResetWhenSaidSo) {
  const auto seen = seen_in(two_epochs("never"), {5, {consecutive(3, 4, kRows, 5, 1)}});
  EXPECT_THAT(ages(seen), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(State, IsNewForEveryBatchThatAsksForIt) {
  const auto seen = seen_in(two_epochs("never"), {5, {consecutive(2, 4, kRows, 5, 1, true)}});
  EXPECT_THAT(ages(seen), ElementsAre(0, 0, 0, 0));
}

TEST(State, IsDetachedBetweenBatches) {
  for (const Seen& call : seen_in(two_epochs("never"), {5, {consecutive(3, 4, kRows, 5, 1)}}))
    EXPECT_FALSE(call.has_graph);
}

TEST(State, OfValidationBeginsNewIsCarriedAndLeavesTrainingAlone) {
  const auto seen =
      seen_in(two_epochs("never"), {5, {consecutive(1, 4, kRows, 5, 1)}, consecutive(3, 4, kValidRows, 5, 2)});
  EXPECT_THAT(ages(seen), ElementsAre(0, 0, 1, 2, 1, 0, 1, 2));
  EXPECT_TRUE(seen[0].training);
  EXPECT_FALSE(seen[1].training);
  EXPECT_TRUE(seen[4].training);
}

}  // namespace
}  // namespace runner::test
