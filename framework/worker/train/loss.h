#pragma once

#include <ATen/core/Tensor.h>

namespace runner::worker {

// Mean cross-entropy over all T*N positions in nats per token: logits [T, N, V], targets [T, N] int64 in 0 … V-1 -> a
// scalar. Takes the logits over: where nobody else needs them (the caller moves them in, and no step of the graph has
// kept them) their memory becomes their gradient's.
at::Tensor mean_cross_entropy(at::Tensor logits, const at::Tensor& targets);

}  // namespace runner::worker
