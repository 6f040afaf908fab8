// When training ends before its last epoch.
#pragma once

#include "common/training.h"
#include "worker/train/improvement.h"

namespace runner::worker {

class EarlyStopping {
 public:
  explicit EarlyStopping(EarlyStoppingOptions options) : options_(std::move(options)) {}

  // Hears the metrics {name: number} of an epoch, each epoch once. Returns why training ends with it; empty: it goes
  // on.
  std::string hear(int64_t epoch, const Json& metrics);

 private:
  const EarlyStoppingOptions options_;
  Improvement improvement_;
};

}  // namespace runner::worker
