// runner/recurrent/linear.h against at::linear in double precision.
#include <gmock/gmock.h>
#include <runner/recurrent/linear.h>

#include "unit/numbers.h"

namespace runner::recurrent {
namespace {

using test::expect_rounded;
using test::leaf;

struct Shape {
  int64_t steps, rows, inputs, outputs;
};

struct Arguments {
  at::Tensor x, weight, bias;
};

Arguments random(const Shape& shape) {
  return {at::randn({shape.steps, shape.rows, shape.inputs}, at::kDouble),
          at::randn({shape.outputs, shape.inputs}, at::kDouble), at::randn({shape.outputs}, at::kDouble)};
}

Arguments leaves(const Arguments& from, at::ScalarType dtype) {
  return {leaf(from.x, dtype), leaf(from.weight, dtype), leaf(from.bias, dtype)};
}

void compare(const Arguments& arguments) {
  const Arguments mine = leaves(arguments, at::kFloat), exact = leaves(mine, at::kDouble);
  const at::Tensor found = linear(mine.x, mine.weight, mine.bias);
  const at::Tensor expected = at::linear(exact.x, exact.weight, exact.bias);
  expect_rounded(found, expected, "outputs");
  const at::Tensor direction = at::randn_like(found);
  (found * direction).sum().backward();
  (expected * direction).sum().backward();
  expect_rounded(mine.x.grad(), exact.x.grad(), "gradients of x");
  expect_rounded(mine.weight.grad(), exact.weight.grad(), "gradients of the weights");
  expect_rounded(mine.bias.grad(), exact.bias.grad(), "gradients of the biases");
}

TEST(Linear, EqualsLibTorchs) {
  torch::manual_seed(1);
  for (const Shape& shape :
       {Shape{1, 1, 1, 1}, {2, 3, 5, 7}, {3, 1, 40, 33}, {7, 5, 17, 64}, {35, 32, 20, 30}, {4, 9, 70, 1030}}) {
    SCOPED_TRACE(::testing::Message() << shape.steps << " " << shape.rows << " " << shape.inputs << " "
                                      << shape.outputs);
    compare(random(shape));
  }
}

// Nothing went in, nothing comes out, and no gradient.
TEST(Linear, AcceptsEmptyBatches) {
  for (const Shape& shape : {Shape{0, 3, 5, 7}, {3, 0, 5, 7}}) compare(random(shape));
}

TEST(Linear, ReadsAnyLayout) {
  torch::manual_seed(2);
  const Arguments plain = random({5, 4, 6, 9});
  compare({at::randn({4, 5, 6}, at::kDouble).transpose(0, 1), at::randn({6, 9}, at::kDouble).t(), plain.bias});
  compare({at::randn({5, 6, 4}, at::kDouble).transpose(1, 2), plain.weight, plain.bias});
}

// Summing the outputs gives a gradient without memory of its own.
TEST(Linear, ReadsExpandedGradients) {
  torch::manual_seed(3);
  const Arguments mine = leaves(random({3, 2, 4, 5}), at::kFloat), exact = leaves(mine, at::kDouble);
  linear(mine.x, mine.weight, mine.bias).sum().backward();
  at::linear(exact.x, exact.weight, exact.bias).sum().backward();
  expect_rounded(mine.x.grad(), exact.x.grad(), "gradients of x");
  expect_rounded(mine.weight.grad(), exact.weight.grad(), "gradients of the weights");
}

TEST(Linear, GivesGradientsToWhatWantsThem) {
  torch::manual_seed(4);
  Arguments mine = leaves(random({3, 2, 4, 5}), at::kFloat);
  linear(mine.x.detach(), mine.weight, mine.bias).sum().backward();
  EXPECT_TRUE(mine.weight.grad().defined());
  EXPECT_FALSE(mine.x.grad().defined());
  mine.weight.mutable_grad() = at::Tensor();
  linear(mine.x, mine.weight.detach(), mine.bias.detach()).sum().backward();
  EXPECT_TRUE(mine.x.grad().defined());
  EXPECT_FALSE(mine.weight.grad().defined());
}

TEST(Linear, LeavesOtherTypesToLibTorch) {
  torch::manual_seed(5);
  const Arguments exact = random({3, 2, 4, 5});
  EXPECT_TRUE(at::equal(linear(exact.x, exact.weight, exact.bias), at::linear(exact.x, exact.weight, exact.bias)));
}

TEST(Linear, RefusesSecondDerivatives) {
  torch::manual_seed(6);
  const Arguments mine = leaves(random({3, 2, 4, 5}), at::kFloat);
  const at::Tensor loss = linear(mine.x, mine.weight, mine.bias).pow(2).sum();
  try {
    torch::autograd::grad({loss}, {mine.x}, {}, true, /*create_graph=*/true);
    FAIL() << "accepted";
  } catch (const std::exception& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("runner::recurrent::linear has no second derivative"));
  }
}

}  // namespace
}  // namespace runner::recurrent
