// runner/recurrent/gemm.h against products in double precision.
#include <runner/recurrent/gemm.h>

#include <cmath>
#include <limits>
#include <utility>

#include "unit/numbers.h"

namespace runner::recurrent {
namespace {

using test::Threads;

struct Shape {
  int64_t rows, inner, columns;
};

// Tiles of 8, 3 or 1 rows, panels of 32 columns and parts of at most 1024 steps: full ones and what is left over.
constexpr Shape kShapes[] = {{1, 1, 1},   {0, 5, 3},     {3, 0, 4},     {5, 7, 0},     {1, 1027, 33},
                             {2, 9, 31},  {7, 64, 32},   {8, 31, 65},   {9, 1500, 45}, {17, 5, 96},
                             {33, 3, 70}, {15, 1024, 8}, {16, 1025, 5}, {4, 2049, 31}, {64, 40, 100}};

MatrixView view(const at::Tensor& m) { return {m.data_ptr<float>(), m.size(0), m.size(1), m.stride(0), m.stride(1)}; }

// Standard normal numbers. `turned`: columns contiguous; `padding`: elements between two rows, or columns.
at::Tensor random(int64_t rows, int64_t columns, bool turned, int64_t padding) {
  if (turned) return random(columns, rows, false, padding).t();
  return at::randn({rows, columns + padding}).narrow(1, 0, columns);
}

at::Tensor product(const at::Tensor& a, const at::Tensor& b) {
  at::Tensor out = at::empty({a.size(0), b.size(1)});
  multiply(view(a), view(b), out.data_ptr<float>(), out.size(1));
  return out;
}

// Single precision loses a little of each product: that much of all that was added up.
void expect_close(const at::Tensor& found, const at::Tensor& exact, const at::Tensor& sizes) {
  const at::Tensor error = (found.to(at::kDouble) - exact).abs();
  EXPECT_TRUE((error <= 1e-6 * sizes).all().item<bool>()) << "off by " << error.max().item<double>();
}

void compare(const Shape& shape, bool turned_a, bool turned_b, int64_t padding, Into into, bool has_bias) {
  const at::Tensor a = random(shape.rows, shape.inner, turned_a, padding);
  const at::Tensor b = random(shape.inner, shape.columns, turned_b, padding);
  const at::Tensor bias = has_bias ? at::randn({shape.columns}) : at::Tensor();
  const at::Tensor memory = at::randn({shape.rows, shape.columns + padding}), before = memory.clone();
  const at::Tensor out = memory.narrow(1, 0, shape.columns);
  multiply(view(a), view(b), out.data_ptr<float>(), out.stride(0), into, has_bias ? bias.data_ptr<float>() : nullptr);
  at::Tensor added = at::zeros({shape.rows, shape.columns}, at::kDouble);
  if (into == Into::added) added = before.narrow(1, 0, shape.columns).to(at::kDouble);
  if (has_bias && into == Into::replaced) added = added + bias.to(at::kDouble);
  const at::Tensor left = a.to(at::kDouble), right = b.to(at::kDouble);
  expect_close(out, left.mm(right) + added, left.abs().mm(right.abs()) + added.abs());
  EXPECT_TRUE(at::equal(memory.narrow(1, shape.columns, padding), before.narrow(1, shape.columns, padding)))
      << "what lies between the rows is not the product's";
}

TEST(Multiply, EqualsTheProduct) {
  torch::manual_seed(1);
  for (const Shape& shape : kShapes) {
    for (int variant = 0; variant < 32; ++variant) {
      SCOPED_TRACE(::testing::Message() << shape.rows << " x " << shape.inner << " x " << shape.columns << ", variant "
                                        << variant);
      compare(shape, variant & 1, variant & 2, variant & 4 ? 5 : 0, variant & 8 ? Into::added : Into::replaced,
              variant & 16);
    }
  }
}

TEST(Multiply, ARowDoesNotDependOnItsNeighbours) {
  torch::manual_seed(2);
  const at::Tensor b = random(1100, 50, false, 0);
  for (const bool turned : {false, true}) {
    const at::Tensor a = random(19, 1100, turned, 0), all = product(a, b);
    for (int64_t first = 0; first < a.size(0); ++first) {
      for (const int64_t count : {1, 2, 7}) {
        if (first + count > a.size(0)) continue;
        EXPECT_TRUE(at::equal(product(a.narrow(0, first, count), b), all.narrow(0, first, count))) << first;
      }
    }
  }
}

TEST(Multiply, IsTheSameOnAnyNumberOfThreads) {
  torch::manual_seed(3);
  const at::Tensor a = random(30, 1100, false, 0), b = random(1100, 200, false, 0);
  const auto on_threads = [&](int count) {
    const Threads threads(count);
    return product(a, b);
  };
  EXPECT_TRUE(at::equal(on_threads(1), on_threads(2)));
}

TEST(Multiply, NumbersThatAreNoneStayInTheirRowAndColumn) {
  at::Tensor a = at::ones({9, 4}), b = at::ones({4, 40});
  a[3][2] = std::numeric_limits<float>::quiet_NaN();
  b[1][35] = std::numeric_limits<float>::infinity();
  const at::Tensor out = product(a, b);
  for (int64_t row = 0; row < 9; ++row) {
    for (int64_t column = 0; column < 40; ++column) {
      const auto found = out[row][column].item<float>();
      if (row == 3)
        EXPECT_TRUE(std::isnan(found));
      else
        EXPECT_EQ(found, column == 35 ? std::numeric_limits<float>::infinity() : 4);
    }
  }
}

TEST(PackPanel, CopiesColumnsAndFillsUpWithZeros) {
  torch::manual_seed(4);
  for (const bool turned : {false, true}) {
    const at::Tensor b = random(6, 50, turned, 3);
    for (const auto& [first, count] : {std::pair<int64_t, int64_t>{0, 32}, {32, 18}, {49, 1}, {5, 17}}) {
      at::Tensor panel = at::full({6, kPanel}, 9.0);
      pack_panel(view(b), first, count, panel.data_ptr<float>());
      EXPECT_TRUE(at::equal(panel.narrow(1, 0, count), b.narrow(1, first, count)));
      EXPECT_EQ(panel.narrow(1, count, kPanel - count).count_nonzero().item<int64_t>(), 0);
    }
  }
}

}  // namespace
}  // namespace runner::recurrent
