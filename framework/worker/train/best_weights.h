// The weights of a trial's best epochs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/json.h"
#include "worker/train/guarded_model.h"
#include "worker/train/weights.h"

namespace runner::worker {

// What makes an epoch better than another.
struct BestMetric {
  std::string name;
  bool minimize = true;
};

// Keeps so many files (common/paths.h, best_weights_file) as there are epochs to keep. Of two equal epochs the earlier
// one is better; one without a value is none of the best.
class BestWeights {
 public:
  BestWeights(std::filesystem::path trial_folder, BestMetric metric, int64_t keep);

  // Training begins anew: files that are there belong to a course that was given up.
  void forget();

  // Hears the metrics {name: number} of an epoch of an earlier attempt, whose weights are in their file already.
  void recall(int64_t epoch, const Json& metrics);

  // Hears those of the epoch that the model comes from, and saves its weights when it is among the best. Throws
  // EnvironmentError when the disk does not take them.
  void hear(int64_t epoch, const Json& metrics, GuardedModel& model, const WeightsOrigin& origin);

 private:
  struct Ranked {
    double value = 0;
    int64_t epoch = 0;
  };
  // Whether it is among the best now. Those that are so no more go to `fallen`.
  bool rank(int64_t epoch, const Json& metrics);

  const std::filesystem::path folder_;
  const BestMetric metric_;
  const size_t keep_;
  std::vector<Ranked> best_;  // the best first
  std::vector<int64_t> fallen_;
};

}  // namespace runner::worker
