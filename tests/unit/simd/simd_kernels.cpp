#include "simd_kernels.h"

#include <runner/simd.h>

namespace runner::test::RUNNER_ISA {
namespace {

using simd::Floats;
using simd::kLanes;

template <typename Function>
RUNNER_SIMD void map(const float* from, float* to, int64_t count, const Function& f) {
  for (int64_t i = 0; i < count; i += kLanes) simd::store(to + i, f(simd::load(from + i, count - i)), count - i);
}

void exp(const float* from, float* to, int64_t count) {
  map(from, to, count, [](Floats x) { return simd::exp(x); });
}

void sigmoid(const float* from, float* to, int64_t count) {
  map(from, to, count, [](Floats x) { return simd::sigmoid(x); });
}

void tanh(const float* from, float* to, int64_t count) {
  map(from, to, count, [](Floats x) { return simd::tanh(x); });
}

void sqrt(const float* from, float* to, int64_t count) {
  map(from, to, count, [](Floats x) { return simd::sqrt(x); });
}

float sum(const float* x) { return simd::sum(simd::load(x)); }

float largest(const float* x) { return simd::largest(simd::load(x)); }

void load_part(const float* from, float* to, int64_t count) { simd::store(to, simd::load(from, count)); }

void store_part(const float* from, float* to, int64_t count) { simd::store(to, simd::load(from), count); }

}  // namespace

const SimdKernels kSimd = {kLanes, exp, sigmoid, tanh, sqrt, sum, largest, load_part, store_part};

}  // namespace runner::test::RUNNER_ISA
