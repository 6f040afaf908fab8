#include <ATen/Parallel.h>
#include <runner/isa.h>
#include <runner/recurrent/gemm.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

#include "models/common/kernels/gemm_kernels.h"

namespace runner::recurrent {
namespace {

// Steps of the sums that are packed at a time: 128 KiB a panel, which stays in the cache while all rows use it.
constexpr int64_t kLongestPanel = 1024;

const kernels::GemmKernels& gemm() {
  static const kernels::GemmKernels& best =
      simd::choose(simd::best_isa(), kernels::baseline::kGemm, kernels::avx2::kGemm, kernels::avx512::kGemm);
  return best;
}

// Equal parts, each at most kLongestPanel. A sum of nothing has one step's room: loops advance by it.
int64_t part_of(int64_t inner) {
  if (inner == 0) return 1;
  const int64_t parts = (inner + kLongestPanel - 1) / kLongestPanel;
  return (inner + parts - 1) / parts;
}

}  // namespace

void pack_panel(const MatrixView& b, int64_t first, int64_t count, float* panel) {
  const MatrixView part = b.from_column(first, count);
  gemm().pack(part.data, part.row_stride, part.column_stride, part.rows, count, panel);
}

void multiply(const MatrixView& a, const MatrixView& b, float* out, int64_t out_stride, Into into, const float* bias) {
  if (a.columns != b.rows) {
    throw std::invalid_argument("a matrix of " + std::to_string(a.columns) + " columns times one of " +
                                std::to_string(b.rows) + " rows");
  }
  const int64_t panels = (b.columns + kPanel - 1) / kPanel, inner = a.columns, part = part_of(inner);
  at::parallel_for(0, panels, 1, [&](int64_t begin, int64_t end) {
    const std::unique_ptr<float[]> panel(new float[static_cast<size_t>(part * kPanel)]);
    for (int64_t first = begin * kPanel; first < std::min(end * kPanel, b.columns); first += kPanel) {
      const int64_t count = std::min(kPanel, b.columns - first);
      for (int64_t k = 0; k == 0 || k < inner; k += part) {
        const int64_t steps = std::min(part, inner - k);
        gemm().pack(b.data + k * b.row_stride + first * b.column_stride, b.row_stride, b.column_stride, steps, count,
                    panel.get());
        gemm().multiply(a.data + k * a.column_stride, a.row_stride, a.column_stride, a.rows, panel.get(), steps, count,
                        bias ? bias + first : nullptr, into == Into::added || k > 0, out + first, out_stride);
      }
    }
  });
}

}  // namespace runner::recurrent
