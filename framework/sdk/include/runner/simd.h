// Vectors of floats, as wide as the instruction set that a file is compiled for, and the functions that recurrent
// networks need of them.
//
// For files that runner_add_kernels() compiles once for each instruction set (see isa.h): everything here lies in a
// namespace named after it, so that functions compiled for one are never taken for another. For the same reason such
// files include nothing else that has inline functions.
//
// Accuracy, measured against double precision, in units in the last place: exp 1.1, tanh 1.4, sigmoid 2.5. Functions of
// elements compute the same whatever the width of the vector, where a product and a sum are rounded once (AVX2,
// AVX-512).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#ifndef RUNNER_ISA
#define RUNNER_ISA baseline
#endif

namespace runner::simd {
inline namespace RUNNER_ISA {

#if defined(__AVX512F__)
constexpr int64_t kLanes = 16;
#elif defined(__AVX2__)
constexpr int64_t kLanes = 8;
#else
constexpr int64_t kLanes = 4;
#endif

typedef float Floats __attribute__((vector_size(kLanes * sizeof(float))));
typedef int32_t Ints __attribute__((vector_size(kLanes * sizeof(int32_t))));

#define RUNNER_SIMD static inline __attribute__((always_inline, unused))

RUNNER_SIMD Floats load(const float* from) {
  Floats x;
  std::memcpy(&x, from, sizeof(x));
  return x;
}

RUNNER_SIMD void store(float* to, Floats x) { std::memcpy(to, &x, sizeof(x)); }

// The first `count` elements, 0 to kLanes; the others are 0.
RUNNER_SIMD Floats load(const float* from, int64_t count) {
  if (count >= kLanes) return load(from);
  Floats x = {};
  if (count > 0) std::memcpy(&x, from, static_cast<size_t>(count) * sizeof(float));
  return x;
}

RUNNER_SIMD void store(float* to, Floats x, int64_t count) {
  if (count >= kLanes) return store(to, x);
  if (count > 0) std::memcpy(to, &x, static_cast<size_t>(count) * sizeof(float));
}

RUNNER_SIMD Floats all(float x) { return x - Floats{}; }

RUNNER_SIMD Floats max(Floats a, Floats b) { return a > b ? a : b; }

RUNNER_SIMD Ints bits(Floats x) {
  Ints i;
  std::memcpy(&i, &x, sizeof(i));
  return i;
}

RUNNER_SIMD Floats from_bits(Ints i) {
  Floats x;
  std::memcpy(&x, &i, sizeof(x));
  return x;
}

RUNNER_SIMD float sum(Floats x) {
  float total = 0;
  for (int64_t i = 0; i < kLanes; ++i) total += x[i];
  return total;
}

RUNNER_SIMD float largest(Floats x) {
  float most = x[0];
  for (int64_t i = 1; i < kLanes; ++i) most = x[i] > most ? x[i] : most;
  return most;
}

RUNNER_SIMD Floats sqrt(Floats x) {
  Floats root;
  for (int64_t i = 0; i < kLanes; ++i) root[i] = __builtin_sqrtf(x[i]);  // one instruction with -fno-math-errno
  return root;
}

// e^x. Arguments are first moved into -87.3 … 88.3, where the result is a normal number; NaN stays NaN.
RUNNER_SIMD Floats exp(Floats x) {
  constexpr float kLog2E = 1.44269504f, kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  constexpr float kToNearest = 12582912;  // 1.5 * 2^23: adding it leaves no bits for a fraction
  const Ints is_number = x == x;
  x = x > all(88.3f) ? all(88.3f) : x;
  x = x < all(-87.3f) ? all(-87.3f) : x;
  const Floats shifted = x * kLog2E + kToNearest;
  const Floats n = shifted - kToNearest;
  const Floats r = (x - n * kLn2High) - n * kLn2Low;
  Floats p = all(1.9875691500e-4f);  // e^r on -ln 2 / 2 … ln 2 / 2, coefficients of Cephes' expf (Moshier 1992)
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1;
  return is_number ? from_bits(bits(p) + (bits(shifted) << 23)) : x;  // times 2^n: the low bits of `shifted` are n
}

RUNNER_SIMD Floats sigmoid(Floats x) { return 1 / (1 + exp(-x)); }

RUNNER_SIMD Floats tanh(Floats x) {
  const Floats size = x < 0 ? -x : x;
  const Floats far = 1 - 2 / (exp(2 * size) + 1);
  const Floats z = x * x;  // near 0, where `far` would lose digits: coefficients of Cephes' tanhf
  Floats p = all(-5.70498872745e-3f);
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const Floats near = x + x * z * p;
  return size < 0.625f ? near : (x < 0 ? -far : far);
}

}  // namespace RUNNER_ISA
}  // namespace runner::simd
