#pragma once

#include <ATen/cuda/CUDAGraph.h>

#include "worker/train/recorder.h"

namespace runner::worker {

// By CUDA graphs, of what is told to the current stream. Compiled only where LibTorch has CUDA. All recordings work in
// the same memory, as much as the largest needs: one is replayed after the other, and none leaves tensors of its own.
class CudaRecorder final : public Recorder {
 public:
  std::unique_ptr<Recording> record(const std::function<void()>& work) override;

 private:
  decltype(at::cuda::graph_pool_handle()) memory_ = at::cuda::graph_pool_handle();
};

}  // namespace runner::worker
