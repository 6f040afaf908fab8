// runner/simd.h in every instruction set that this processor can run, against double precision.
#include <gtest/gtest.h>
#include <runner/isa.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "unit/simd/simd_kernels.h"

namespace runner::test {
namespace {

using simd::Isa;
using Map = SimdKernels::Map;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kDenormal = std::numeric_limits<float>::denorm_min();
constexpr float kSmallest = std::numeric_limits<float>::min();

const SimdKernels& kernels_of(Isa isa) { return simd::choose(isa, baseline::kSimd, avx2::kSimd, avx512::kSimd); }

// Numbers of either sign from 0 to `most` in size, denormal ones too: one of every 4,999 that there are.
std::vector<float> numbers_up_to(float most) {
  uint32_t last;
  std::memcpy(&last, &most, sizeof(last));
  std::vector<float> numbers;
  for (uint32_t bits = 0; bits <= last; bits += 4999) {
    float x;
    std::memcpy(&x, &bits, sizeof(x));
    numbers.insert(numbers.end(), {x, -x});
  }
  return numbers;
}

std::vector<float> mapped(Map f, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  f(x.data(), y.data(), static_cast<int64_t>(x.size()));
  return y;
}

float value(Map f, float x) { return mapped(f, {x})[0]; }

// The distance between the floats at `x`.
double unit_in_the_last_place(double x) {
  const float size = std::max(std::abs(static_cast<float>(x)), kSmallest);
  return static_cast<double>(std::nextafter(size, kInfinity)) - static_cast<double>(size);
}

double worst_error(Map f, double (*exact)(double), const std::vector<float>& numbers) {
  const std::vector<float> found = mapped(f, numbers);
  double worst = 0;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const double expected = exact(static_cast<double>(numbers[i]));
    worst = std::max(worst, std::abs(static_cast<double>(found[i]) - expected) / unit_in_the_last_place(expected));
  }
  return worst;
}

double exact_sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

class Simd : public ::testing::TestWithParam<Isa> {
 protected:
  const SimdKernels& kernels = kernels_of(GetParam());
};

TEST_P(Simd, IsAsAccurateAsItSays) {
  const std::vector<float> numbers = numbers_up_to(87.3f);
  EXPECT_LT(worst_error(kernels.exp, std::exp, numbers), 1.1);
  EXPECT_LT(worst_error(kernels.sigmoid, exact_sigmoid, numbers), 2.5);
  EXPECT_LT(worst_error(kernels.tanh, std::tanh, numbers), 1.4);
}

TEST_P(Simd, ExpStaysFiniteAndPositive) {
  EXPECT_EQ(value(kernels.exp, 0), 1);
  EXPECT_EQ(value(kernels.exp, -0.0f), 1);
  EXPECT_EQ(value(kernels.exp, kDenormal), 1);
  for (const float large : {88.3f, 89.0f, 90.0f, 1e30f, kInfinity}) {
    EXPECT_EQ(value(kernels.exp, large), value(kernels.exp, 88.3f)) << large;
    EXPECT_EQ(value(kernels.exp, -large), value(kernels.exp, -87.3f)) << -large;
  }
  EXPECT_NEAR(value(kernels.exp, 88.3f) / std::exp(88.3f), 1, 1e-6);
  EXPECT_GE(value(kernels.exp, -kInfinity), kSmallest) << "a normal number";
}

TEST_P(Simd, SigmoidReachesItsLimits) {
  EXPECT_EQ(value(kernels.sigmoid, 0), 0.5f);
  EXPECT_EQ(value(kernels.sigmoid, kDenormal), 0.5f);
  for (const float large : {87.0f, 90.0f, kInfinity}) {
    EXPECT_EQ(value(kernels.sigmoid, large), 1) << large;
    EXPECT_NEAR(value(kernels.sigmoid, -large), 0, 2e-38) << -large;
  }
}

TEST_P(Simd, TanhReachesItsLimitsAndKeepsTinyNumbers) {
  for (const float large : {10.0f, 87.0f, 90.0f, kInfinity}) {
    EXPECT_EQ(value(kernels.tanh, large), 1) << large;
    EXPECT_EQ(value(kernels.tanh, -large), -1) << -large;
  }
  for (const float tiny : {0.0f, kDenormal, kSmallest, 1e-30f, 1e-10f, 1e-5f}) {
    EXPECT_EQ(value(kernels.tanh, tiny), tiny);
    EXPECT_EQ(value(kernels.tanh, -tiny), -tiny);
  }
}

TEST_P(Simd, NaNStaysNaN) {
  for (const Map f : {kernels.exp, kernels.sigmoid, kernels.tanh, kernels.sqrt}) {
    EXPECT_TRUE(std::isnan(value(f, kNaN)));
    EXPECT_TRUE(std::isnan(value(f, -kNaN)));
  }
  EXPECT_TRUE(std::isnan(value(kernels.sqrt, -1)));
}

TEST_P(Simd, SqrtIsRoundedCorrectly) {
  std::vector<float> numbers, expected;
  for (const float x : numbers_up_to(kInfinity)) {
    if (x < 0) continue;
    numbers.push_back(x);
    expected.push_back(std::sqrt(x));
  }
  EXPECT_EQ(mapped(kernels.sqrt, numbers), expected);
}

TEST_P(Simd, SumsAndComparesAllLanes) {
  std::vector<float> x;
  for (int64_t i = 0; i < kernels.lanes; ++i) x.push_back(static_cast<float>(1 << i));
  EXPECT_EQ(kernels.sum(x.data()), static_cast<float>((1 << kernels.lanes) - 1)) << "every lane, once";
  for (float& at : x) {
    const float before = at;
    at = 1e6f;
    EXPECT_EQ(kernels.largest(x.data()), 1e6f);
    at = before;
  }
  const std::vector<float> lowest(x.size(), -kInfinity);
  EXPECT_EQ(kernels.largest(lowest.data()), -kInfinity);
}

// Too few elements behind the pointer: a read past them is found by the address sanitizer.
TEST_P(Simd, TouchesOnlyTheElementsAskedFor) {
  for (int64_t count = -1; count <= kernels.lanes; ++count) {
    const auto some = static_cast<size_t>(std::max<int64_t>(count, 0)), all = static_cast<size_t>(kernels.lanes);
    const std::vector<float> part(some, 5);
    std::vector<float> loaded(all, 7), expected(all, 0);
    std::fill_n(expected.begin(), some, 5.0f);
    kernels.load_part(part.data(), loaded.data(), count);
    EXPECT_EQ(loaded, expected) << count;
    std::vector<float> stored(some + 1, 7);
    kernels.store_part(std::vector<float>(all, 5).data(), stored.data(), count);
    EXPECT_EQ(std::vector<float>(stored.begin(), stored.end() - 1), part) << count;
    EXPECT_EQ(stored.back(), 7) << count;
  }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, Simd, ::testing::ValuesIn(simd::usable_isas()),
                         [](const auto& tested) { return simd::isa_name(tested.param); });

// Where sums and products are rounded once, as both of these sets do.
TEST(SimdWidths, ComputeTheSame) {
  if (simd::usable_isas().back() != Isa::avx512) GTEST_SKIP() << "needs AVX-512";
  const std::vector<float> numbers = numbers_up_to(100);
  for (const Map SimdKernels::*f : {&SimdKernels::exp, &SimdKernels::sigmoid, &SimdKernels::tanh}) {
    EXPECT_EQ(mapped(avx2::kSimd.*f, numbers), mapped(avx512::kSimd.*f, numbers));
  }
}

}  // namespace
}  // namespace runner::test
