// The learning rate of every step.
#pragma once

#include <cstdint>
#include <memory>

#include "common/json.h"

namespace runner::worker {

// One step of training: a batch (from 0) of the `batches` that its epoch (from 1) has.
struct StepPosition {
  int64_t epoch = 1;
  int64_t batch = 0, batches = 1;
};

class Schedule {
 public:
  virtual ~Schedule() = default;
  // A function of the position alone, whatever was asked before; of halve_on_plateau also of the epochs it has heard.
  virtual double learning_rate(const StepPosition& step) const = 0;
  // Hears the metrics {name: number} of an epoch after its last step, each epoch once.
  virtual void hear(const Json& metrics) = 0;
};

// The schedule that `train.schedule` describes: {name: constant | step | exponential | cosine | halve_on_plateau, and
// options as declared in common/training.h}. `lr` is the optimizer's, `epochs` the length of training. Throws
// std::invalid_argument for an unknown name or option.
std::unique_ptr<Schedule> make_schedule(const Json& description, double lr, int64_t epochs);

}  // namespace runner::worker
