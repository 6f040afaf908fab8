// The loss and its gradient against LibTorch's in double precision, and who may overwrite the logits.
#include "worker/train/loss.h"

#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "unit/numbers.h"

namespace runner::test {
namespace {

using worker::mean_cross_entropy;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

at::Tensor reference(const at::Tensor& logits, const at::Tensor& targets) {
  return at::cross_entropy_loss(logits.reshape({-1, logits.size(-1)}), targets.reshape({-1}));
}

at::Tensor random_targets(const at::Tensor& logits) {
  return at::randint(logits.size(2), {logits.size(0), logits.size(1)}, at::kLong);
}

// Logits as some function of `x`; whatever else hangs on them becomes a part of the loss.
struct Made {
  at::Tensor logits;
  at::Tensor more = {};
};
using Make = std::function<Made(const at::Tensor& x)>;

Made as_they_are(const at::Tensor& x) { return {x + 0}; }

void compare(const at::Tensor& values, const Make& make) {
  const at::Tensor x = leaf(values, at::kFloat), exact = leaf(x, at::kDouble);
  Made mine = make(x);
  const Made theirs = make(exact);
  const at::Tensor targets = random_targets(theirs.logits);
  at::Tensor found = mean_cross_entropy(std::move(mine.logits), targets);
  at::Tensor expected = reference(theirs.logits, targets);
  if (mine.more.defined()) found = found + mine.more, expected = expected + theirs.more;
  expect_rounded(found, expected, "loss");
  found.backward();
  expected.backward();
  expect_rounded(x.grad(), exact.grad(), "gradient");
}

TEST(Loss, EqualsLibTorchs) {
  torch::manual_seed(1);
  for (const auto& [steps, rows, vocabulary] : std::vector<std::array<int64_t, 3>>{
           {1, 1, 1}, {1, 1, 2}, {3, 2, 5}, {4, 1, 16}, {1, 7, 33}, {9, 8, 47}, {35, 32, 20}, {3, 5, 1027}}) {
    SCOPED_TRACE(::testing::Message() << steps << " x " << rows << " x " << vocabulary);
    compare(3 * at::randn({steps, rows, vocabulary}), as_they_are);
  }
}

TEST(Loss, StaysFiniteForLargeLogits) {
  torch::manual_seed(2);
  compare(1e4 * at::randn({3, 4, 20}), as_they_are);
  compare(at::full({3, 4, 20}, 1e4), as_they_are);
  compare(at::full({3, 4, 20}, -1e4), as_they_are);
}

TEST(Loss, PassesOnWhatItIsMultipliedWith) {
  const at::Tensor x = at::randn({3, 4, 5}), targets = random_targets(x);
  const at::Tensor once = leaf(x, at::kFloat), thrice = leaf(x, at::kFloat);
  mean_cross_entropy(once + 0, targets).backward();
  (3 * mean_cross_entropy(thrice + 0, targets)).backward();
  EXPECT_TRUE(at::allclose(thrice.grad(), 3 * once.grad()));
}

TEST(Loss, ReadsAnyLayout) {
  torch::manual_seed(3);
  compare(at::randn({3, 4, 5}), [](const at::Tensor& x) { return Made{x.transpose(0, 1)}; });
  compare(at::randn({3, 4, 5}), [](const at::Tensor& x) { return Made{x.transpose(1, 2) + 0}; });
  compare(at::randn({5}), [](const at::Tensor& x) { return Made{x.expand({3, 4, 5})}; });
  const at::Tensor logits = at::randn({3, 4, 5}), turned = at::randint(5, {4, 3}, at::kLong).t();
  EXPECT_TRUE(at::equal(mean_cross_entropy(logits, turned), mean_cross_entropy(logits, turned.contiguous())));
}

// Steps whose own gradient is computed from their result, and logits that something else reads as well.
TEST(Loss, LeavesLogitsAloneThatTheGraphNeeds) {
  torch::manual_seed(4);
  const std::vector<Make> makes = {[](const at::Tensor& x) { return Made{x.tanh()}; },
                                   [](const at::Tensor& x) { return Made{x.exp()}; },
                                   [](const at::Tensor& x) { return Made{x.sigmoid()}; },
                                   [](const at::Tensor& x) { return Made{at::log_softmax(x, 2)}; },
                                   [](const at::Tensor& x) { return Made{x.relu()}; },
                                   [](const at::Tensor& x) {
                                     return Made{x.tanh().view({4, 3, 6})};
                                   },
                                   [](const at::Tensor& x) {
                                     return Made{x.view({4, 3, 6})};
                                   },
                                   [](const at::Tensor& x) { return Made{x}; },
                                   [](const at::Tensor& x) {
                                     const at::Tensor kept = x + 0, view = kept.narrow(0, 0, 2);
                                     return Made{view, kept.pow(2).sum()};
                                   },
                                   [](const at::Tensor& x) {
                                     const at::Tensor logits = x * 2;
                                     return Made{logits, logits.pow(2).sum()};
                                   }};
  for (size_t i = 0; i < makes.size(); ++i) {
    SCOPED_TRACE(i);
    compare(at::randn({3, 4, 6}), makes[i]);
  }
}

TEST(Loss, LeavesLogitsAloneThatTheCallerKeeps) {
  const at::Tensor x = at::randn({3, 4, 6}).requires_grad_(), logits = x + 0, before = logits.clone();
  mean_cross_entropy(logits, random_targets(x)).backward();
  EXPECT_TRUE(at::equal(logits, before));
}

TEST(Loss, TakesTheMemoryOfLogitsThatNobodyNeeds) {
  const at::Tensor x = at::randn({3, 4, 6}).requires_grad_();
  const void* gradient = nullptr;
  x.register_hook([&](const at::Tensor& g) { gradient = g.data_ptr(); });
  at::Tensor logits = x + 0;
  const void* const memory = logits.data_ptr();
  mean_cross_entropy(std::move(logits), random_targets(x)).backward();
  EXPECT_EQ(gradient, memory);
}

TEST(Loss, IsTheSameWithoutAGraphAndOnAnyNumberOfThreads) {
  const at::Tensor x = at::randn({35, 32, 40}).requires_grad_(), targets = random_targets(x);
  const auto loss = [&](int count) {
    const Threads threads(count);
    x.mutable_grad() = at::Tensor();
    const at::Tensor value = mean_cross_entropy(x + 0, targets);
    value.backward();
    return std::pair(value.detach(), x.grad());
  };
  const auto [one, gradient] = loss(1);
  const auto [two, same_gradient] = loss(2);
  EXPECT_TRUE(at::equal(one, two));
  EXPECT_TRUE(at::equal(gradient, same_gradient));
  const at::NoGradGuard no_grad;
  EXPECT_TRUE(at::equal(mean_cross_entropy(x, targets), one));
}

TEST(Loss, IsNotFiniteWhenLogitsAreNot) {
  const at::Tensor targets = at::zeros({2, 3}, at::kLong);
  for (const int64_t column : {0, 1, 16, 18}) {  // the target; others, in full vectors and in the rest
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), kInfinity}) {
      at::Tensor logits = at::zeros({2, 3, 19});
      logits[1][1][column] = bad;
      EXPECT_FALSE(std::isfinite(mean_cross_entropy(logits, targets).item<float>())) << column << " " << bad;
    }
  }
}

TEST(Loss, CountsImpossibleTokensAsSuch) {
  at::Tensor logits = at::zeros({1, 1, 19});
  logits[0][0][5] = -kInfinity;
  EXPECT_NEAR(mean_cross_entropy(logits, at::zeros({1, 1}, at::kLong)).item<float>(), std::log(18), 1e-6);
  EXPECT_EQ(mean_cross_entropy(logits, at::full({1, 1}, 5, at::kLong)).item<float>(), kInfinity);
}

TEST(Loss, LeavesOtherTypesToLibTorch) {
  const at::Tensor x = at::randn({3, 4, 6}, at::kDouble), targets = random_targets(x);
  EXPECT_TRUE(at::equal(mean_cross_entropy(x, targets), reference(x, targets)));
}

TEST(Loss, RefusesSecondDerivatives) {
  const at::Tensor x = at::randn({3, 4, 6}).requires_grad_();
  const at::Tensor loss = mean_cross_entropy(x + 0, random_targets(x));
  EXPECT_THROW(torch::autograd::grad({loss}, {x}, {}, true, /*create_graph=*/true), std::runtime_error);
}

}  // namespace
}  // namespace runner::test
