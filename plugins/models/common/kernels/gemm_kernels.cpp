#include "models/common/kernels/gemm_kernels.h"

#include <runner/recurrent/tile.h>

namespace runner::recurrent::kernels::RUNNER_ISA {
namespace {

using simd::Floats;
using simd::kLanes;
using tile::kPanelVectors;

void pack(const float* b, int64_t step, int64_t column_stride, int64_t inner, int64_t columns, float* panel) {
  if (column_stride == 1) {
    for (int64_t k = 0; k < inner; ++k) {
      for (int64_t v = 0; v < kPanelVectors; ++v) {
        simd::store(panel + k * kPanel + v * kLanes, simd::load(b + k * step + v * kLanes, columns - v * kLanes));
      }
    }
    return;
  }
  for (int64_t c = 0; c < columns; ++c) {
    for (int64_t k = 0; k < inner; ++k) panel[k * kPanel + c] = b[k * step + c * column_stride];
  }
  for (int64_t c = columns; c < kPanel; ++c) {
    for (int64_t k = 0; k < inner; ++k) panel[k * kPanel + c] = 0;
  }
}

template <int kRows>
RUNNER_SIMD void finish(const Floats (&sums)[kRows][kPanelVectors], int64_t columns, const float* bias, bool accumulate,
                        float* out, int64_t out_stride) {
  for (int r = 0; r < kRows; ++r) {
    for (int64_t v = 0; v < kPanelVectors; ++v) {
      const int64_t first = v * kLanes, count = columns - first;
      float* const to = out + r * out_stride + first;
      Floats x = sums[r][v];
      if (accumulate) {
        x += simd::load(to, count);
      } else if (bias) {
        x += simd::load(bias + first, count);
      }
      simd::store(to, x, count);
    }
  }
}

void multiply(const float* a, int64_t row_stride, int64_t step, int64_t rows, const float* panel, int64_t inner,
              int64_t columns, const float* bias, bool accumulate, float* out, int64_t out_stride) {
  tile::for_row_tiles(0, rows, [&](int64_t row, auto count) {
    constexpr int kRows = decltype(count)::kValue;
    Floats sums[kRows][kPanelVectors] = {};
    if (step == 1) {
      tile::add_products<kRows>(a + row * row_stride, row_stride, 1, panel, inner, sums);
    } else {
      tile::add_products<kRows>(a + row * row_stride, row_stride, step, panel, inner, sums);
    }
    finish<kRows>(sums, columns, bias, accumulate, out + row * out_stride, out_stride);
  });
}

}  // namespace

const GemmKernels kGemm = {pack, multiply};

}  // namespace runner::recurrent::kernels::RUNNER_ISA
