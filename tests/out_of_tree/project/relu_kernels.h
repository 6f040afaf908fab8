// One time step of a relu cell, compiled for each instruction set: see runner/isa.h.
#pragma once

#include <cstdint>

namespace outside {

struct ReluKernels {
  const char* isa;  // the instruction set that they are compiled for
  // out = relu(x + h W): N rows of H floats each. `panels`: W in panels of kPanel columns, see runner/recurrent/gemm.h.
  void (*step)(const float* x, const float* h, const float* panels, int64_t rows, int64_t units, float* out);
};

namespace baseline {
extern const ReluKernels kRelu;
}
namespace avx2 {
extern const ReluKernels kRelu;
}
namespace avx512 {
extern const ReluKernels kRelu;
}

}  // namespace outside
