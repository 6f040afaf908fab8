// Clipping of gradients by their global norm.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace runner::worker {

// The Euclidean norm over the gradients of all parameters together, a scalar on their device. Parameters that the loss
// does not depend on have no gradient and count as nothing. `parameters` is not empty.
at::Tensor global_norm(const std::vector<at::Tensor>& parameters);

// Scales all gradients by limit / norm when the global norm is above `limit`; 0 = never. Returns the norm before that.
// Reads nothing back from the device.
at::Tensor clip_gradients(const std::vector<at::Tensor>& parameters, double limit);

}  // namespace runner::worker
