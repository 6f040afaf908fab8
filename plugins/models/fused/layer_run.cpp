#include "models/fused/layer_run.h"

#include <ATen/ATen.h>
#include <runner/isa.h>

#include <stdexcept>
#include <string>

namespace runner::fused {
namespace {

using recurrent::MatrixView;

// The way round that the kernels read; no copy for parameters of ours.
at::Tensor laid_out(const at::Tensor& parameter) { return parameter.t().contiguous().t(); }

LayerWeights laid_out(const LayerWeights& weights) {
  return {laid_out(weights.input), laid_out(weights.recurrent), weights.input_bias.contiguous(),
          weights.recurrent_bias.contiguous()};
}

}  // namespace

LayerRun::LayerRun(Cell cell, const at::Tensor& inputs, const LayerWeights& parameters)
    : plan(plan_of(cell)),
      x(inputs.contiguous()),
      weights(laid_out(parameters)),
      steps(x.size(0)),
      rows(x.size(1)),
      units(weights.recurrent.size(1)) {}

bool LayerRun::reads_tokens() const { return x.scalar_type() == at::kLong; }

// Rows that lie a multiple of 4 KiB apart, or less than a line off, would compete for the same few lines of the
// first-level cache: they are moved apart until they lie a line beyond the multiple.
int64_t LayerRun::slot_stride() const {
  constexpr int64_t kPeriod = 1024, kLine = 16;
  const int64_t needed = plan.slots * units;
  const int64_t past = (needed + kLine) % kPeriod;  // measured from a line before the multiple
  return past < 2 * kLine ? needed + 2 * kLine - past : needed;
}

const CellKernels& kernels() {
  static const CellKernels& best = simd::choose(simd::best_isa(), baseline::kCells, avx2::kCells, avx512::kCells);
  return best;
}

float* floats(const at::Tensor& x) { return x.defined() ? x.data_ptr<float>() : nullptr; }

MatrixView in_memory(const at::Tensor& parameter) {
  const at::Tensor m = parameter.t();
  return {m.data_ptr<float>(), m.size(0), m.size(1), m.stride(0), m.stride(1)};
}

MatrixView rows_of(const at::Tensor& x) {
  const int64_t columns = x.size(-1);
  return {floats(x), x.size(0) * x.size(1), columns, columns, 1};
}

std::vector<float*> token_rows(const LayerRun& run, float* table) {
  const int64_t* const token = run.x.data_ptr<int64_t>();
  const int64_t vocabulary = run.weights.input.size(1);
  std::vector<float*> result(static_cast<size_t>(run.x.numel()));
  for (size_t i = 0; i < result.size(); ++i) {
    if (token[i] < 0 || token[i] >= vocabulary) {
      throw std::out_of_range("token " + std::to_string(token[i]) + " is outside of the vocabulary, 0 to " +
                              std::to_string(vocabulary - 1));
    }
    result[i] = table + token[i] * run.width();
  }
  return result;
}

}  // namespace runner::fused
