#include <runner/isa.h>

#include "worker/train/kernels/step_kernels.h"

namespace runner::worker {

const StepKernels& step_kernels() {
  static const StepKernels& best = simd::choose(simd::best_isa(), baseline::kSteps, avx2::kSteps, avx512::kSteps);
  return best;
}

}  // namespace runner::worker
