// The innermost loop of every matrix product: a few rows times one packed panel, the sums in registers.
//
// For kernel files, see runner/simd.h. A panel is kPanel columns of the right-hand matrix, step by step: element [k, c]
// at k * kPanel + c. Each sum adds its products in the order of k, whatever the number of rows, so that a row's result
// does not depend on the rows beside it.
#pragma once

#include <runner/recurrent/panel.h>
#include <runner/simd.h>

namespace runner::recurrent::tile {
inline namespace RUNNER_ISA {

constexpr int64_t kPanelVectors = kPanel / simd::kLanes;
// Rows whose sums fit into the registers.
constexpr int kTileRows = simd::kLanes == 16 ? 8 : simd::kLanes == 8 ? 3 : 1;

// sums[r, c] of the rows a[r, k] = a[r * row_stride + k * step], k < inner.
template <int kRows>
RUNNER_SIMD void add_products(const float* a, int64_t row_stride, int64_t step, const float* panel, int64_t inner,
                              simd::Floats (&sums)[kRows][kPanelVectors]) {
  for (int64_t k = 0; k < inner; ++k) {
    simd::Floats columns[kPanelVectors];
    for (int64_t v = 0; v < kPanelVectors; ++v) columns[v] = simd::load(panel + k * kPanel + v * simd::kLanes);
    for (int r = 0; r < kRows; ++r) {
      const simd::Floats x = simd::all(a[r * row_stride + k * step]);
      for (int64_t v = 0; v < kPanelVectors; ++v) sums[r][v] += x * columns[v];
    }
  }
}

// A number of rows as a type.
template <int kRows>
struct RowCount {
  static constexpr int kValue = kRows;
};

// Covers rows first … end - 1 with tiles: do_rows(row, RowCount<…>()).
template <int kRows = kTileRows, typename DoRows>
RUNNER_SIMD void for_row_tiles(int64_t first, int64_t end, const DoRows& do_rows) {
  for (; first + kRows <= end; first += kRows) do_rows(first, RowCount<kRows>());
  if constexpr (kRows > 1) for_row_tiles<kRows / 2>(first, end, do_rows);
}

}  // namespace RUNNER_ISA
}  // namespace runner::recurrent::tile
