#pragma once

#include <ATen/core/Tensor.h>

#include "common/training.h"

namespace runner::worker {

// Chooses from logits [1, 1, V] as `options` say; returns [1, 1] int64. Draws from LibTorch's default generator of the
// logits' device, and reads nothing back from it.
at::Tensor next_token(const at::Tensor& logits, const SampleOptions& options);

}  // namespace runner::worker
