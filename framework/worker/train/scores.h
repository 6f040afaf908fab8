// What a trial's losses come to, as numbers that are reported.
#pragma once

#include <runner/dataset.h>

#include <cstdint>
#include <string>

#include "worker/train/guarded_model.h"
#include "worker/train/loop.h"
#include "worker/train/metrics.h"
#include "worker/train/pulse.h"

namespace runner::worker {

class Scores {
 public:
  // Borrows model, data and pulse for its life. `seed` is the trial's.
  Scores(GuardedModel& model, const Dataset& data, int64_t seed, Pulse& pulse);

  // Of an epoch just trained; with those of held-out text, where there is some.
  Metrics of_epoch(int64_t epoch, const EpochResult& result) const;
  // Of the test split, with the weights after that epoch; none where there is no such split.
  Metrics of_test(int64_t epoch) const;

 private:
  void add_loss(Metrics& metrics, const std::string& prefix, Split split, double loss) const;
  double held_out_loss(Split split, int64_t epoch) const;

  GuardedModel& model_;
  const Dataset& data_;
  const int64_t seed_;
  Pulse& pulse_;
};

}  // namespace runner::worker
