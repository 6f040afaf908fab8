// The training loop: one epoch at a time, the state of the model and of the optimizer carried along.
#pragma once

#include <runner/dataset.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "worker/train/epoch_totals.h"
#include "worker/train/guarded_model.h"
#include "worker/train/optimizer.h"
#include "worker/train/pulse.h"
#include "worker/train/schedule.h"
#include "worker/train/settings.h"
#include "worker/train/training_step.h"

namespace runner::worker {

struct EpochResult {
  EpochMeans means;
  int64_t tokens = 0;
  double seconds = 0;
  double learning_rate = 0;  // of the last step
};

class TrainingLoop {
 public:
  // How steps may be recorded, and who hears why they cannot; see TrainingStep.
  struct Recordings {
    std::unique_ptr<Recorder> recorder;
    TrainingStep::Warn warn;
  };
  // Borrows everything else for its life. `data_seed` is the trial's data stream.
  TrainingLoop(GuardedModel& model, const Dataset& data, const TrainSettings& settings, const Schedule& schedule,
               uint64_t data_seed, Pulse& pulse, Recordings recordings = {});

  // Trains on every batch of the epoch (from 1) in order, or on those that are left of it when this is the epoch that
  // `restore` brought back, and calls `between_steps` after each. Throws std::runtime_error when the loss is not
  // finite, and Stopped.
  EpochResult train_epoch(int64_t epoch, const std::function<void()>& between_steps);

  // Where training stands: after so many batches of that epoch, 0 before the first.
  struct Position {
    int64_t epoch = 0, batch = 0;
  };
  Position position() const { return {epoch_, totals_.batches()}; }

  // All that the next step depends on but the model itself and the generators, between two steps. A snapshot must be of
  // the same model, data and settings: throws std::invalid_argument or Json::exception when it is not, and is not to be
  // used any more then. Restoring asks the model for a state, so generators are to be restored later.
  void save(Snapshot& snapshot) const;
  void restore(const Snapshot& snapshot);

 private:
  void begin_epoch(int64_t epoch);
  void end_epoch();
  void begin_state(const Batch& batch);
  double seconds() const;
  void check_position() const;
  int64_t rows_trained_last() const;
  void report_progress(int64_t batches);
  EpochMeans finite_means();

  GuardedModel& model_;
  const Dataset& data_;
  const TrainSettings& settings_;
  const Schedule& schedule_;
  const uint64_t data_seed_;
  Pulse& pulse_;
  const std::unique_ptr<Optimizer> optimizer_;
  State state_;
  bool has_state_ = false;  // false: the next batch begins with a new state
  // Of the epoch that is trained or was trained last; 0: none yet.
  int64_t epoch_ = 0;
  EpochTotals totals_;
  TrainingStep step_;
  double learning_rate_ = 0;                                         // of the last step
  double seconds_before_ = 0;                                        // that went into it before `started_at_`
  std::optional<std::chrono::steady_clock::time_point> started_at_;  // nothing: it is not being trained
  int64_t known_finite_batch_ = 0;  // the last one at which the sum of losses was seen finite
};

}  // namespace runner::worker
