// runner/recurrent/inputs.h: the factors of a product with tokens, against the product with all of their vectors.
#include <gtest/gtest.h>
#include <runner/recurrent/inputs.h>

#include "unit/numbers.h"

namespace runner::recurrent {
namespace {

using test::leaf;

constexpr int64_t kVocabulary = 7, kOutputs = 4;

// In 32-bit floats products leave out what does not occur; in double precision they are made as on a GPU.
at::Tensor random_weight(at::ScalarType dtype = at::kFloat) {
  torch::manual_seed(1);
  return leaf(at::randn({kOutputs, kVocabulary}), dtype);
}

at::Tensor tokens(at::ArrayRef<int64_t> values) {
  return at::tensor(values, at::kLong).reshape({3, 2});  // [T, N]
}

// Tokens that repeat, out of order, with gaps; a single one; almost all.
const at::Tensor kTexts[] = {tokens({5, 2, 2, 5, 0, 2}), tokens({3, 3, 3, 3, 3, 3}), tokens({6, 4, 0, 1, 3, 5})};

TEST(Factors, HaveTheProductOfAllVectorsAndAllColumns) {
  for (const at::Tensor& text : kTexts) {
    const at::Tensor weight = random_weight(), same_weight = random_weight();
    const Inputs inputs = Inputs::one_hot(text, kVocabulary, at::kFloat);
    const auto [x, columns] = inputs.factors(weight);
    const at::Tensor found = x.matmul(columns.t()), expected = inputs.dense().matmul(same_weight.t());
    EXPECT_TRUE(at::equal(found, expected));
    const at::Tensor direction = at::randn_like(found);
    (found * direction).sum().backward();
    (expected * direction).sum().backward();
    EXPECT_TRUE(at::allclose(weight.grad(), same_weight.grad(), 1e-5, 1e-6));
  }
}

TEST(Factors, HaveAColumnForEachTokenThatOccurs) {
  const int64_t distinct[] = {3, 1, 6};
  for (size_t i = 0; i < std::size(kTexts); ++i) {
    const auto [x, columns] = Inputs::one_hot(kTexts[i], kVocabulary, at::kFloat).factors(random_weight());
    EXPECT_EQ(x.sizes(), at::IntArrayRef({3, 2, distinct[i]}));
    EXPECT_EQ(columns.sizes(), at::IntArrayRef({kOutputs, distinct[i]}));
  }
}

TEST(Factors, LeaveNoGradientInOtherColumns) {
  const at::Tensor weight = random_weight();
  const auto [x, columns] = Inputs::one_hot(kTexts[0], kVocabulary, at::kFloat).factors(weight);
  x.matmul(columns.t()).sum().backward();
  for (int64_t token = 0; token < kVocabulary; ++token) {
    const int64_t times = kTexts[0].eq(token).sum().item<int64_t>();
    EXPECT_TRUE(weight.grad().select(1, token).eq(times).all().item<bool>()) << token;
  }
}

TEST(Factors, OfVectorsAreTheyAndTheWholeWeight) {
  const at::Tensor vectors = at::randn({3, 2, kVocabulary}), weight = random_weight();
  const auto [x, columns] = Inputs::vectors(vectors).factors(weight);
  EXPECT_TRUE(x.is_same(vectors));
  EXPECT_TRUE(columns.is_same(weight));
}

TEST(Factors, OnADeviceAreAllVectorsAndTheWholeWeight) {
  const at::Tensor weight = random_weight(at::kDouble);
  const Inputs inputs = Inputs::one_hot(kTexts[0], kVocabulary, at::kDouble);
  const auto [x, columns] = inputs.factors(weight);
  EXPECT_TRUE(at::equal(x, inputs.dense()));
  EXPECT_TRUE(columns.is_same(weight));
}

TEST(Lookups, HaveTheRowsAndTheGradientOfAnEmbedding) {
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    for (const at::Tensor& text : kTexts) {
      const at::Tensor table = leaf(random_weight(dtype).detach().t().contiguous(), dtype),
                       same_table = leaf(table, dtype);
      const at::Tensor found = lookup(table, text), expected = at::embedding(same_table, text);
      EXPECT_TRUE(at::equal(found, expected));
      const at::Tensor direction = at::randn_like(found);
      (found * direction).sum().backward();
      (expected * direction).sum().backward();
      EXPECT_TRUE(at::allclose(table.grad(), same_table.grad(), 1e-5, 1e-6)) << dtype;
    }
  }
}

}  // namespace
}  // namespace runner::recurrent
