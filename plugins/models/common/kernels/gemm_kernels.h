// The parts of a matrix product that depend on the instruction set; gemm.h is what callers use.
#pragma once

#include <cstdint>

namespace runner::recurrent::kernels {

struct GemmKernels {
  // Packs b[k, c] = b[k * step + c * column_stride], k < inner and c < columns <= kPanel, into a panel; other columns
  // become 0.
  void (*pack)(const float* b, int64_t step, int64_t column_stride, int64_t inner, int64_t columns, float* panel);

  // out[r, c] (+)= sum over k of a[r * row_stride + k * step] * panel[k, c], for r < rows and c < columns. `bias`, one
  // value a column or nullptr, is added when the product replaces what was in `out`.
  void (*multiply)(const float* a, int64_t row_stride, int64_t step, int64_t rows, const float* panel, int64_t inner,
                   int64_t columns, const float* bias, bool accumulate, float* out, int64_t out_stride);
};

namespace baseline {
extern const GemmKernels kGemm;
}
namespace avx2 {
extern const GemmKernels kGemm;
}
namespace avx512 {
extern const GemmKernels kGemm;
}

}  // namespace runner::recurrent::kernels
