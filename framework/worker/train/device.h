// Where a job computes.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/StreamGuard.h>

#include <string>

namespace runner::worker {

// The device of a request: "cpu", "cuda", "cuda:N", or "auto", which is CUDA where there is some. Throws
// std::invalid_argument for a device that this process cannot use.
at::Device usable_device(const std::string& request);

// The same numbers on every run. An operation that has no deterministic form on a GPU runs anyway, with LibTorch's
// warning on stderr.
void make_deterministic(at::Device device);

// Whether reading a number of a tensor costs nothing but the reading. Elsewhere it waits for all that the device was
// told to do before, and meanwhile nobody tells it anything: not more than once an epoch.
bool reads_back_freely(at::Device device);

// A tensor of the CPU on the device, without waiting for what the device still does.
at::Tensor moved(const at::Tensor& tensor, at::Device device);
// The same into a tensor that is there, of the same shape.
void copy_into(const at::Tensor& tensor, const at::Tensor& destination);

// While it lives, all that this thread tells the device goes through a stream of its own: what a GPU's default stream
// is told cannot be recorded. Nothing on a CPU.
class OwnStream {
 public:
  explicit OwnStream(at::Device device);

 private:
  c10::OptionalStreamGuard stream_;
};

}  // namespace runner::worker
