// Where a job computes.
#pragma once

#include <c10/core/Device.h>

#include <string>

namespace runner::worker {

// The device of a request: "cpu", "cuda", "cuda:N", or "auto", which is CUDA where there is some. Throws
// std::invalid_argument for a device that this process cannot use.
at::Device usable_device(const std::string& request);

// The same numbers on every run. An operation that has no deterministic form on a GPU runs anyway, with LibTorch's
// warning on stderr.
void make_deterministic(at::Device device);

}  // namespace runner::worker
