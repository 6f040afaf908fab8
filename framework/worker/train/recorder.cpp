#include "worker/train/recorder.h"

#if defined(RUNNER_HAS_CUDA)
#include "worker/train/cuda/graph.h"
#endif

namespace runner::worker {

std::unique_ptr<Recorder> make_recorder([[maybe_unused]] at::Device device) {
#if defined(RUNNER_HAS_CUDA)
  if (device.is_cuda()) return std::make_unique<CudaRecorder>();
#endif
  return nullptr;
}

}  // namespace runner::worker
