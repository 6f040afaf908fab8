// The training loop: one epoch at a time, the state of the model and of the optimizer carried along.
#pragma once

#include <runner/dataset.h>

#include <memory>
#include <string>

#include "worker/train/epoch_totals.h"
#include "worker/train/guarded_model.h"
#include "worker/train/optimizer.h"
#include "worker/train/pulse.h"
#include "worker/train/schedule.h"
#include "worker/train/settings.h"

namespace runner::worker {

struct EpochResult {
  EpochMeans means;
  int64_t tokens = 0;
  double seconds = 0;
  double learning_rate = 0;  // of the last step
};

class TrainingLoop {
 public:
  // Borrows everything for its life. `data_seed` is the trial's data stream.
  TrainingLoop(GuardedModel& model, const Dataset& data, const TrainSettings& settings, const Schedule& schedule,
               uint64_t data_seed, Pulse& pulse);

  // Trains on every batch of the epoch (from 1) in order. Throws std::runtime_error when the loss is not finite, and
  // Stopped.
  EpochResult train_epoch(int64_t epoch);

 private:
  void step(const Batch& batch, EpochTotals& totals);
  void begin_state(const Batch& batch);
  void zero_gradients();
  void report_progress(int64_t epoch, int64_t batches, const EpochTotals& totals, double seconds);
  EpochMeans finite_means(int64_t epoch, const EpochTotals& totals);

  GuardedModel& model_;
  const Dataset& data_;
  const TrainSettings& settings_;
  const Schedule& schedule_;
  const uint64_t data_seed_;
  Pulse& pulse_;
  const std::unique_ptr<Optimizer> optimizer_;
  State state_;
  bool has_state_ = false;          // false: the next batch begins with a new state
  int64_t known_finite_batch_ = 0;  // of the running epoch: the last batch at which the sum of losses was seen finite
};

}  // namespace runner::worker
