// What a training job asks for, in the types of common/training.h.
#pragma once

#include <c10/core/Device.h>

#include "common/protocol.h"
#include "common/training.h"

namespace runner::worker {

struct TrainSettings {
  TrainOptions train;
  Json optimizer;  // {name, lr, …}: see optimizer.h
  Json schedule;   // {name, …}: see schedule.h
  EarlyStoppingOptions early_stopping;
  CheckpointOptions checkpoint;
  SampleOptions samples;
  at::Device device = at::kCPU;
};

// Throws std::invalid_argument for a value of the wrong type and for a device that this process cannot use.
TrainSettings settings_of(const protocol::TrainJob& job);

}  // namespace runner::worker
