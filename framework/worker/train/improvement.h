// Whether a metric still improves.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "common/json.h"

namespace runner::worker {

// All that is remembered from epoch to epoch.
struct Improvement {
  double best = std::numeric_limits<double>::infinity();
  int64_t epochs_without = 0;  // since the best one, or since they were last taken as enough
};

// Notes the value of `metric`, the better the smaller, among the metrics {name: number} of an epoch. It improves when
// it falls by more than `min_delta` below the best; one that is missing, being no number, does not.
void note_epoch(Improvement& improvement, const Json& metrics, const std::string& metric, double min_delta);

}  // namespace runner::worker
