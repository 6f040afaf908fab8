#include "relu_kernels.h"

#include <runner/recurrent/tile.h>

#define TEXT_OF(name) #name
#define NAME_OF(isa) TEXT_OF(isa)

namespace outside::RUNNER_ISA {
namespace {

using runner::recurrent::kPanel;
using runner::recurrent::tile::add_products;
using runner::recurrent::tile::for_row_tiles;
using runner::recurrent::tile::kPanelVectors;
namespace simd = runner::simd;

void step(const float* x, const float* h, const float* panels, int64_t rows, int64_t units, float* out) {
  for (int64_t unit = 0; unit < units; unit += kPanel, panels += units * kPanel) {
    for_row_tiles(0, rows, [&](int64_t row, auto row_count) {
      constexpr int kRows = decltype(row_count)::kValue;
      simd::Floats sums[kRows][kPanelVectors] = {};
      add_products<kRows>(h + row * units, units, 1, panels, units, sums);
      for (int r = 0; r < kRows; ++r) {
        for (int64_t v = 0; v < kPanelVectors; ++v) {
          const int64_t first = unit + v * simd::kLanes, at = (row + r) * units + first, count = units - first;
          simd::store(out + at, simd::max(sums[r][v] + simd::load(x + at, count), simd::Floats{}), count);
        }
      }
    });
  }
}

}  // namespace

const ReluKernels kRelu = {NAME_OF(RUNNER_ISA), step};

}  // namespace outside::RUNNER_ISA
