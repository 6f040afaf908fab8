#include "worker/train/best_weights.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "common/folder.h"
#include "common/paths.h"
#include "worker/train/digest.h"

namespace runner::worker {
namespace fs = std::filesystem;

BestWeights::BestWeights(fs::path trial_folder, BestMetric metric, int64_t keep)
    : folder_(std::move(trial_folder)), metric_(std::move(metric)), keep_(static_cast<size_t>(keep)) {}

bool BestWeights::rank(int64_t epoch, const Json& metrics) {
  const auto found = metrics.find(metric_.name);
  if (found == metrics.end() || keep_ == 0) return false;
  const Ranked entry{found->get<double>(), epoch};
  const auto place = std::find_if(best_.begin(), best_.end(), [&](const Ranked& other) {
    return metric_.minimize ? entry.value < other.value : entry.value > other.value;
  });
  const bool is_one = place - best_.begin() < static_cast<std::ptrdiff_t>(keep_);
  if (is_one) best_.insert(place, entry);
  if (best_.size() <= keep_) return is_one;
  fallen_.push_back(best_.back().epoch);
  best_.pop_back();
  return is_one;
}

void BestWeights::forget() {
  std::error_code ignored;
  fs::remove_all(best_weights_folder(folder_), ignored);
}

void BestWeights::recall(int64_t epoch, const Json& metrics) { rank(epoch, metrics); }

void BestWeights::hear(int64_t epoch, const Json& metrics, GuardedModel& model, const WeightsOrigin& origin) {
  if (!rank(epoch, metrics)) return;
  const fs::path file = best_weights_file(folder_, epoch);
  make_folders(file.parent_path());
  const NamedTensors tensors = model.named_tensors();
  save_weights(file, tensors, origin, weights_digest(tensors));
  std::error_code ignored;  // one too many does no harm
  for (const int64_t epoch_gone : fallen_) fs::remove(best_weights_file(folder_, epoch_gone), ignored);
  fallen_.clear();
}

}  // namespace runner::worker
