#pragma once

#include <ATen/core/Tensor.h>

namespace runner::worker {

// Mean cross-entropy over all T*N positions in nats per token: logits [T, N, V], targets [T, N] int64 -> a scalar.
at::Tensor mean_cross_entropy(const at::Tensor& logits, const at::Tensor& targets);

}  // namespace runner::worker
