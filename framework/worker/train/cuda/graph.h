#pragma once

#include "worker/train/recorder.h"

namespace runner::worker {

// By CUDA graphs, of what is told to the current stream. Compiled where LibTorch has CUDA alone.
class CudaRecorder final : public Recorder {
 public:
  std::unique_ptr<Recording> record(const std::function<void()>& work) override;
};

}  // namespace runner::worker
