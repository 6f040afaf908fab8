// The functions of runner/simd.h as each instruction set computes them.
#pragma once

#include <cstdint>

namespace runner::test {

struct SimdKernels {
  int64_t lanes;
  // to[i] = f(from[i]), i < count
  using Map = void (*)(const float* from, float* to, int64_t count);
  Map exp, sigmoid, tanh, sqrt;
  // Over `lanes` elements.
  float (*sum)(const float* x);
  float (*largest)(const float* x);
  // The first `count` of `lanes` elements: all of `to` is written by the first, `count` of it by the second.
  void (*load_part)(const float* from, float* to, int64_t count);
  void (*store_part)(const float* from, float* to, int64_t count);
};

namespace baseline {
extern const SimdKernels kSimd;
}
namespace avx2 {
extern const SimdKernels kSimd;
}
namespace avx512 {
extern const SimdKernels kSimd;
}

}  // namespace runner::test
