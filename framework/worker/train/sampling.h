// Text from a model.
#pragma once

#include <runner/dataset.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/training.h"
#include "worker/train/guarded_model.h"
#include "worker/train/pulse.h"

namespace runner::worker {

// What a trial writes after each of its prefixes, in evaluation mode and without a trace in training. Borrows all but
// the seed for its life.
class Sampler {
 public:
  // `seed` is the trial's. Takes prefixes, length and choice of tokens from `options`. Throws EncodeError for a prefix
  // that cannot be continued.
  Sampler(const Dataset& data, const SampleOptions& options, int64_t seed);

  size_t count() const { return prefixes_.size(); }
  // Prefix number `index` (from 0) and its continuation. A token that is drawn depends on the weights, the seed, the
  // epoch and `index` alone: not on what was drawn before.
  std::string text(GuardedModel& model, int64_t epoch, size_t index, Pulse& pulse) const;

 private:
  std::string shown(size_t index, const std::vector<int64_t>& generated) const;

  const Dataset& data_;
  const SampleOptions& options_;
  const int64_t seed_;
  std::vector<std::vector<int64_t>> prefixes_;  // encoded
};

}  // namespace runner::worker
