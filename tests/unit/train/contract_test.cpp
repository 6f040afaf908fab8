// Models and datasets that break their contract, and the messages that their authors get.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/train/support.h"

namespace runner::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::vector<Batch>& two_batches() {
  static const std::vector<Batch> batches = consecutive(2, 4, 3, 5, 1);
  return batches;
}

// A model whose forward is a function.
class Forward : public HandModel {
 public:
  using Function = std::function<at::Tensor(const at::Tensor& logits, State& state)>;
  Forward(const ModelContext& context, const Function& function) : HandModel(context), function_(function) {}
  at::Tensor forward(const at::Tensor& tokens, State& state) override {
    return function_(HandModel::forward(tokens, state), state);
  }

 private:
  const Function function_;
};

std::string failure_with(const ModelFactory& model, const HandData& data) {
  const auto events = run(small_job(), factory_of(data), model);
  return events.all.back().type == "failed" ? events.all.back().body["message"].get<std::string>() : "no failure";
}

std::string failure_of(const Forward::Function& function) {
  return failure_with(model_of<Forward>(function), {5, {two_batches()}});
}

TEST(Contract, AShapeOfLogitsOtherThanTNVIsBlamedOnTheModel) {
  EXPECT_THAT(failure_of([](const at::Tensor& logits, State&) {
                return logits.reshape({12, 5});
              }),
              AllOf(HasSubstr("the model \"hand_model\" returned logits of shape [12, 5]"),
                    HasSubstr("expected [T, N, V] = [4, 3, 5]"), HasSubstr("an error in the model's code")));
}

TEST(Contract, LogitsMustBeOfTheContextsTypeAndDependOnTheParameters) {
  EXPECT_THAT(failure_of([](const at::Tensor& logits, State&) { return logits.to(at::kDouble); }),
              HasSubstr("logits of type Double, expected Float"));
  EXPECT_THAT(failure_of([](const at::Tensor& logits, State&) { return logits.detach(); }),
              HasSubstr("no gradient can go through"));
  EXPECT_THAT(failure_of([](const at::Tensor&, State&) { return at::Tensor(); }), HasSubstr("undefined tensor"));
}

TEST(Contract, AStateKeepsItsTensorsTheirTypesAndShapes) {
  const auto loses = [](const at::Tensor& logits, State& state) { return state.clear(), logits; };
  EXPECT_THAT(failure_of(loses), HasSubstr("was given a state of 1 tensors and left one of 0"));
  const auto grows = [](const at::Tensor& logits, State& state) {
    state[0].value = at::cat({state[0].value, state[0].value}, 1);
    return logits;
  };
  EXPECT_THAT(failure_of(grows), HasSubstr("was given state tensor 0 as Float [3, 1], batch dimension 0 and left it as "
                                           "Float [3, 2], batch dimension 0"));
  const auto widens = [](const at::Tensor& logits, State& state) {
    state[0].value = state[0].value.to(at::kDouble);
    return logits;
  };
  EXPECT_THAT(failure_of(widens), HasSubstr("left it as Double [3, 1]"));
}

TEST(Contract, AStateBeginsWithARowForEverySequence) {
  class OneRow : public HandModel {
   public:
    using HandModel::HandModel;
    State initial_state(int64_t) override { return {{at::zeros({1, 1}), 0}}; }
  };
  EXPECT_THAT(failure_with(model_of<OneRow>(), {5, {two_batches()}}),
              HasSubstr("with shape [1, 1], expected N = 3 in its batch dimension 0"));
}

TEST(Contract, AModelNeedsATrainableParameter) {
  class Frozen : public HandModel {
   public:
    using HandModel::HandModel;
    NamedTensors named_parameters() override { return {{"weight", weight_.detach()}}; }
  };
  EXPECT_THAT(failure_with(model_of<Frozen>(), {5, {two_batches()}}), HasSubstr("has no trainable parameter"));
}

// A model with a buffer.
class Buffered : public HandModel {
 public:
  Buffered(const ModelContext& context, const std::string& name, const at::Tensor& buffer)
      : HandModel(context), name_(name), buffer_(buffer) {}
  NamedTensors named_buffers() override { return {{name_, buffer_}}; }

 private:
  const std::string name_;
  const at::Tensor buffer_;
};

// What its weights' file would refuse after the last epoch.
TEST(Contract, TensorsThatCannotBeSavedAreRefusedBeforeTraining) {
  const auto failure = [](const std::string& name, const at::Tensor& buffer) {
    const auto events = run(small_job(), factory_of({5, {two_batches()}}), model_of<Buffered>(name, buffer));
    EXPECT_TRUE(events.of("epoch").empty()) << name;
    return events.all.back().type == "failed" ? events.all.back().body["message"].get<std::string>() : "no failure";
  };
  EXPECT_THAT(failure("weight", at::zeros({2})),
              AllOf(HasSubstr("that cannot be saved: two tensors are called \"weight\""),
                    HasSubstr("an error in the model's code")));
  EXPECT_THAT(failure("__metadata__", at::zeros({2})), HasSubstr("two tensors are called \"__metadata__\""));
  EXPECT_THAT(failure("\xff", at::zeros({2})), HasSubstr("the name of a tensor is not valid UTF-8"));
  EXPECT_THAT(failure("phase", at::zeros({2}, at::kComplexFloat)),
              HasSubstr("the tensor phase has the type ComplexFloat, which cannot be saved"));
  EXPECT_THAT(failure("mask", at::eye(2).to_sparse()),
              HasSubstr("the tensor mask is Sparse, which cannot be saved; use a dense one"));
  EXPECT_THAT(failure("count", at::Tensor()), HasSubstr("an undefined tensor as its buffer count"));
  EXPECT_THAT(failure("count", at::empty({2}, at::kMeta)), HasSubstr("keeps its buffer count on meta, expected cpu"));
}

// It names its tensors well when it is made, and then no more.
TEST(Contract, TwoTensorsOfOneNameAreNoCheckpoint) {
  class Renamed : public HandModel {
   public:
    using HandModel::HandModel;
    NamedTensors named_buffers() override { return {{steps_ > 0 ? "weight" : "count", at::zeros({1})}}; }
    at::Tensor forward(const at::Tensor& tokens, State& state) override {
      ++steps_;
      return HandModel::forward(tokens, state);
    }

   private:
    int64_t steps_ = 0;
  };
  auto job = small_job();
  job.train["checkpoint"]["every"] = 1e-9;
  const auto events = run(job, factory_of({5, {two_batches()}}), model_of<Renamed>());
  ASSERT_EQ(events.all.back().type, "failed");
  EXPECT_THAT(events.all.back().body["message"].get<std::string>(), HasSubstr("has two tensors called weight"));
}

TEST(Contract, BatchesAreCheckedBeforeAModelSeesThem) {
  const at::Tensor good = at::zeros({4, 3}, at::kLong);
  const auto failure = [&](const at::Tensor& inputs, const at::Tensor& targets) {
    return failure_with(model_of<HandModel>(), {5, {{{inputs, targets, true}}}});
  };
  EXPECT_THAT(failure(good, good + 5), HasSubstr("targets hold tokens from 5 to 5, expected 0 to 4"));
  EXPECT_THAT(failure(good.to(at::kInt), good), HasSubstr("inputs are Int [4, 3]"));
  EXPECT_THAT(failure(good, good.t()), HasSubstr("inputs are [4, 3] and targets [3, 4]"));
  EXPECT_THAT(failure(at::Tensor(), good), HasSubstr("inputs are undefined"));
}

TEST(Contract, AnotherBatchSizeNeedsANewState) {
  const at::Tensor three = at::zeros({4, 3}, at::kLong), two = at::zeros({4, 2}, at::kLong);
  EXPECT_THAT(failure_with(model_of<HandModel>(), {5, {{{three, three}, {two, two}}}}),
              HasSubstr("a batch of 3 rows with one of 2: a batch of another size must set fresh_state"));
  EXPECT_EQ(failure_with(model_of<HandModel>(), {5, {{{three, three}, {two, two, true}}}}), "no failure");
}

TEST(Contract, AnEpochWithoutBatchesIsAFailure) {
  EXPECT_THAT(failure_with(model_of<HandModel>(), {5, {{}}}), HasSubstr("no batch to train on"));
}

}  // namespace
}  // namespace runner::test
