// One step of training: forward, loss, gradients, update.
//
// Where there is a recorder, one of the first steps of a shape is recorded, and replayed in the place of those that
// follow (Nguyen, Carilli et al., "Accelerating PyTorch with CUDA Graphs", 2021). A recording is verified before it is
// used: in the step after the one that it was made of it must do to the trial, bit by bit, what that step itself does,
// and the trial goes on from the step itself. So of a model that keeps its promise (Model::is_recordable) results do
// not depend on whether anything was recorded, and one that does not is most likely found out.
#pragma once

#include <runner/dataset.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "worker/train/epoch_totals.h"
#include "worker/train/guarded_model.h"
#include "worker/train/optimizer.h"
#include "worker/train/recorder.h"

namespace runner::worker {

class TrainingStep {
 public:
  using Warn = std::function<void(const std::string&)>;

  // What a step changes besides the state that it is given. Borrowed.
  struct Parts {
    GuardedModel& model;
    Optimizer& optimizer;
    EpochTotals& totals;
  };
  // `recorder`: nullptr for none. `warn` is told once why a recording could not be made or used. Steps that begin with
  // a state that is a parameter are never recorded: it has a gradient, which the steps after them have not.
  TrainingStep(const Parts& parts, double clip_norm, std::unique_ptr<Recorder> recorder, Warn warn);

  // Trains on a batch of tokens on the CPU. `state` is the one before, which no gradient is to go through, and becomes
  // the one after.
  void run(const Batch& batch, State& state);

 private:
  // The steps of one shape.
  struct Steps {
    int64_t seen = 0;         // before the recording
    bool is_refused = false;  // they cannot be recorded
    // Of the recording: where it finds tokens and state, and leaves the state; which parameters it updates.
    at::Tensor inputs, targets;
    State state;
    std::vector<size_t> updated;
    std::unique_ptr<Recording> recording;  // nothing: not recorded yet
    bool is_proven = false;
  };

  Steps& steps_of(const Batch& batch);
  size_t recordings() const;
  bool may_record(const State& state, const Steps& steps) const;
  bool may_replay(const State& state, const Steps& steps) const;
  void run_now(const Batch& batch, State& state);
  at::Tensor loss_with_gradients(const at::Tensor& inputs, const at::Tensor& targets, State& state);
  void record(const Batch& batch, State& state, Steps& steps);
  void refuse(Steps& steps, const std::string& why);
  void make_recording(Steps& steps, const Batch& batch, const State& state);
  void prove(const Batch& batch, State& state, Steps& steps);
  void replay(const Batch& batch, State& state, Steps& steps);
  void warn(const std::string& why);
  void zero_gradients();

  Snapshot all_with(const State& state) const;
  Snapshot copies_with(const State& state) const;
  void restore_all_but_state(const Snapshot& snapshot);

  const Parts parts_;
  const at::Device device_;
  const double clip_norm_;
  std::unique_ptr<Recorder> recorder_;
  const Warn warn_;
  bool has_warned_ = false;
  std::map<std::vector<int64_t>, Steps> shapes_;  // by T and N
};

}  // namespace runner::worker
