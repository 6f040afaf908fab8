#include "worker/train/cuda/graph.h"

#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/util/Exception.h>

#include "worker/train/failure.h"

namespace runner::worker {
namespace {

// While it lives, LibTorch throws where it would wait for the GPU.
class WaitingIsAnError {
 public:
  WaitingIsAnError() { c10::cuda::warning_state().set_sync_debug_mode(c10::cuda::SyncDebugMode::L_ERROR); }
  ~WaitingIsAnError() { c10::cuda::warning_state().set_sync_debug_mode(before_); }
  WaitingIsAnError(const WaitingIsAnError&) = delete;
  WaitingIsAnError& operator=(const WaitingIsAnError&) = delete;

 private:
  const c10::cuda::SyncDebugMode before_ = c10::cuda::warning_state().get_sync_debug_mode();
};

// A capture that fails leaves LibTorch's generator and its allocator in a state that only a capture knows. So what is
// no work for a graph must show before: all waiting that LibTorch does, but not what a plugin asks of CUDA itself.
void rehearse(const std::function<void()>& work) {
  const WaitingIsAnError strict;
  try {
    work();
  } catch (const std::exception&) {
    throw CannotRecord(current_failure().message);
  }
}

class CudaRecording final : public Recording {
 public:
  CudaRecording(const std::function<void()>& work, decltype(at::cuda::graph_pool_handle()) memory) {
    graph_.capture_begin(memory);
    try {
      work();
    } catch (const c10::OutOfMemoryError&) {  // of the allocator: the capture itself is as it was
      try {
        graph_.capture_end();
      } catch (const c10::Error&) {  // it also tries to make what there is into a graph, in no memory
      }
      throw CannotRecord("the device has no memory for a recording, which needs that of another step");
    }
    graph_.capture_end();
  }
  void replay() override { graph_.replay(); }

 private:
  at::cuda::CUDAGraph graph_;
};

}  // namespace

std::unique_ptr<Recording> CudaRecorder::record(const std::function<void()>& work) {
  rehearse(work);
  // A capture cannot use memory that the allocator keeps of steps before.
  c10::cuda::CUDACachingAllocator::emptyCache();
  try {
    return std::make_unique<CudaRecording>(work, memory_);
  } catch (const CannotRecord&) {
    memory_ = at::cuda::graph_pool_handle();  // LibTorch may have given up the one that nothing was recorded in
    throw;
  } catch (const std::exception&) {
    throw std::runtime_error("CUDA did not take the recording of a training step (" + current_failure().message +
                             "). Set run.cuda_graphs to false to train without recordings.");
  }
}

}  // namespace runner::worker
