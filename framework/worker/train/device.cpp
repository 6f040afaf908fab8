#include "worker/train/device.h"

#include <ATen/ATen.h>
#include <torch/cuda.h>

#include <stdexcept>

namespace runner::worker {

at::Device usable_device(const std::string& request) {
  if (request == "auto") return torch::cuda::is_available() ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
  at::Device device(request);
  if (!device.is_cuda()) return device;
  if (!device.has_index()) device.set_index(0);  // tensors always name theirs, and devices are compared
  if (!torch::cuda::is_available()) {
    throw std::invalid_argument("the device " + request +
                                " was asked for, but LibTorch finds no CUDA device here; ask for the device cpu");
  }
  const auto count = static_cast<int64_t>(torch::cuda::device_count());
  if (device.index() >= count) {
    throw std::invalid_argument("the device " + request +
                                " was asked for, but the last CUDA device here is cuda:" + std::to_string(count - 1));
  }
  return device;
}

// The switches change nothing on a CPU but its speed.
void make_deterministic(at::Device device) {
  if (device.is_cpu()) return;
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
  at::globalContext().setDeterministicCuDNN(true);
  at::globalContext().setBenchmarkCuDNN(false);
}

bool reads_back_freely(at::Device device) { return device.is_cpu(); }

// A copy can overlap with other work only out of pinned memory, of which LibTorch keeps a pool.
at::Tensor moved(const at::Tensor& tensor, at::Device device) {
  return device.is_cuda() ? tensor.pin_memory().to(device, /*non_blocking=*/true) : tensor.to(device);
}

void copy_into(const at::Tensor& tensor, const at::Tensor& destination) {
  destination.copy_(destination.is_cuda() ? tensor.pin_memory() : tensor, /*non_blocking=*/true);
}

OwnStream::OwnStream(at::Device device) {
  if (!device.is_cuda()) return;
  stream_.reset_stream(c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device));
}

}  // namespace runner::worker
