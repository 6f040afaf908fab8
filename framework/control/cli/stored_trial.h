// A trial of the database, as far as it is needed to compute with it again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "common/json.h"
#include "control/store/reader.h"

namespace runner::cli {

struct StoredTrial {
  int64_t trial_id = 0, sweep_id = 0;
  std::string sweep;  // its name
  std::string status;
  Json config;
  int64_t seed = 0;
  int64_t epochs_done = 0;
  int64_t threads = 1;  // that it was trained with: sums are rounded differently with another number
};

// Throws RequestError when the database has no such trial.
StoredTrial stored_trial(store::Reader& reader, int64_t trial_id);

// The file of its weights, absolute. Throws RequestError unless the trial has completed, EnvironmentError when the file
// is gone, damaged, or by its digest another trial's.
std::filesystem::path weights_of(store::Reader& reader, const StoredTrial& trial);

}  // namespace runner::cli
