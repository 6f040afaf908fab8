// Sums over the batches of an epoch, kept on the device.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "worker/train/snapshot.h"

namespace runner::worker {

struct EpochMeans {
  double loss = 0;       // nats per token, every token with equal weight
  double grad_norm = 0;  // mean over the batches
};

// Reading a number back makes a GPU wait for all that came before, so it happens in `means` alone.
class EpochTotals {
 public:
  explicit EpochTotals(at::Device device);

  // One batch: its mean loss and gradient norm, both scalars on the device, and the tokens behind the mean.
  void add(const at::Tensor& loss, const at::Tensor& grad_norm, int64_t tokens);
  void add(const at::Tensor& loss, int64_t tokens);
  // The two halves of `add`: the device's, which may be recorded, and ours.
  void sum(const at::Tensor& loss, const at::Tensor& grad_norm, int64_t tokens);
  void count(int64_t tokens);
  // As at the beginning, the sums in the same memory.
  void clear();

  int64_t batches() const { return batches_; }
  int64_t tokens() const { return tokens_; }
  // After at least one batch. Waits for the device.
  EpochMeans means() const;

  // Under "totals". What cannot be a sum is refused with std::invalid_argument.
  void save(Snapshot& snapshot) const;
  void restore(const Snapshot& snapshot);

 private:
  void sum(const at::Tensor& loss, int64_t tokens);

  at::Tensor nats_, norms_;  // scalars, float64
  int64_t batches_ = 0, tokens_ = 0;
};

}  // namespace runner::worker
