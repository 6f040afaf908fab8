// Code for several instruction sets in one library, chosen when it runs.
//
//   runner_add_kernels(target SOURCES kernels.cpp)     in CMake: compiles kernels.cpp once for each instruction set
//
// A kernel file puts what it defines into `namespace RUNNER_ISA`, a name that CMake gives it, so that a header can
// declare the same functions once for each set, and `choose` takes one of them:
//
//   namespace baseline { extern const Kernels kKernels; }
//   namespace avx2 { extern const Kernels kKernels; }
//   namespace avx512 { extern const Kernels kKernels; }
//   const Kernels& kernels = simd::choose(simd::best_isa(), baseline::kKernels, avx2::kKernels, avx512::kKernels);
#pragma once

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace runner::simd {

enum class Isa {
  baseline,  // what every processor of this family has
  avx2,      // AVX2 and FMA
  avx512,    // AVX-512 F, DQ, BW and VL
};

inline const char* isa_name(Isa isa) {
  constexpr const char* kNames[] = {"baseline", "avx2", "avx512"};
  return kNames[static_cast<int>(isa)];
}

// What this processor, and the system, can run; the best last.
inline std::vector<Isa> usable_isas() {
  std::vector<Isa> isas = {Isa::baseline};
#ifdef __x86_64__
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return isas;
  isas.push_back(Isa::avx2);
  const bool has_all = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (has_all) isas.push_back(Isa::avx512);
#endif
  return isas;
}

// Throws std::invalid_argument for a name that is no instruction set's.
inline Isa isa_named(const std::string& name) {
  for (const Isa isa : {Isa::baseline, Isa::avx2, Isa::avx512}) {
    if (name == isa_name(isa)) return isa;
  }
  throw std::invalid_argument("the environment variable RUNNER_ISA is \"" + name +
                              "\"; expected baseline, avx2 or avx512, or unset it");
}

// The best that can be used, but none better than the one that the environment variable RUNNER_ISA names, so that each
// can be tested and compared on one machine. As it is an upper limit, a set that the processor lacks is allowed and
// changes nothing; empty counts as unset. Throws std::invalid_argument for any other value: a slip must not pass for a
// measurement of the set that was meant.
inline Isa best_isa() {
  const Isa best = usable_isas().back();
  const char* const limit = std::getenv("RUNNER_ISA");
  return limit == nullptr || *limit == '\0' ? best : std::min(best, isa_named(limit));
}

template <typename Kernels>
const Kernels& choose(Isa isa, const Kernels& baseline, const Kernels& avx2, const Kernels& avx512) {
  return isa == Isa::avx512 ? avx512 : isa == Isa::avx2 ? avx2 : baseline;
}

}  // namespace runner::simd
