#include "worker/train/loss.h"

#include <ATen/ATen.h>

namespace runner::worker {

at::Tensor mean_cross_entropy(const at::Tensor& logits, const at::Tensor& targets) {
  return at::cross_entropy_loss(logits.reshape({-1, logits.size(-1)}), targets.reshape({-1}));
}

}  // namespace runner::worker
