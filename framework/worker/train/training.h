// The epochs of a trial: trains, measures and samples, and goes on from where an earlier attempt was saved.
//
// A checkpoint is taken between two steps. What comes of a step is a function of what the checkpoint holds, so a trial
// that goes on from it ends with the same numbers, bit for bit. What schedule and early stopping remember is not in it:
// both are functions of the epochs that they have heard of, and hear of them again.
#pragma once

#include <runner/dataset.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/protocol.h"
#include "worker/train/best_weights.h"
#include "worker/train/checkpoint.h"
#include "worker/train/early_stopping.h"
#include "worker/train/guarded_model.h"
#include "worker/train/loop.h"
#include "worker/train/pulse.h"
#include "worker/train/reporter.h"
#include "worker/train/sampling.h"
#include "worker/train/schedule.h"
#include "worker/train/scores.h"
#include "worker/train/settings.h"

namespace runner::worker {

// What the epochs are trained with.
struct TrainingParts {
  GuardedModel& model;
  const Dataset& data;
  const TrainSettings& settings;
};

class Training {
 public:
  // Borrows everything for its life.
  Training(const protocol::TrainJob& job, const TrainingParts& parts, Reporter& reporter, Pulse& pulse);

  // Whoever has built the parts anew says where they shall begin, once: at one of the checkpoints, or at the beginning,
  // where nothing is to be left of another course. `resume` warns of a file that cannot be used, is damaged, or does
  // not fit the trial, and returns false; it may have changed some of the parts then, so that they must be built again.
  std::vector<std::filesystem::path> checkpoints() const { return checkpoints_.files(); }  // the latest first
  bool resume(const std::filesystem::path& checkpoint);
  void begin() { best_.forget(); }

  // Trains the epochs that are left. Throws like TrainingLoop.
  void run();

  // Writes a checkpoint, unless there is nothing to save or none is wanted. A disk that does not take it is warned of:
  // the trial needs no checkpoint to go on.
  void save();

  int64_t last_epoch() const { return last_epoch_; }  // train.epochs, unless training stopped early
  int64_t steps() const { return steps_; }            // of the optimizer, in all attempts
  TrainingLoop::Position position() const { return loop_.position(); }

 private:
  void restore(const Snapshot& snapshot);
  Snapshot snapshot() const;
  void after_step();
  void report(int64_t epoch, Json body);
  std::string hear(int64_t epoch, const Json& metrics);
  void keep_best(int64_t epoch, const Json& metrics);
  bool wants_samples(int64_t epoch) const;
  void send_samples(int64_t epoch);
  void note_refusal(const std::string& message);
  void warn(const std::string& message);

  const protocol::TrainJob& job_;
  const TrainSettings& settings_;
  GuardedModel& model_;
  Reporter& reporter_;
  Pulse& pulse_;
  const WeightsOrigin origin_;
  const std::unique_ptr<Schedule> schedule_;
  const Scores scores_;
  const Sampler sampler_;
  const CheckpointFolder checkpoints_;
  EarlyStopping early_stopping_;
  BestWeights best_;
  TrainingLoop loop_;
  int64_t last_epoch_;
  int64_t steps_ = 0;
  std::chrono::steady_clock::time_point saved_at_ = std::chrono::steady_clock::now();
  bool is_refused_ = false;  // what was to be kept last could not be
};

}  // namespace runner::worker
