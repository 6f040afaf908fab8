#include "worker/train/improvement.h"

namespace runner::worker {

void note_epoch(Improvement& improvement, const Json& metrics, const std::string& metric, double min_delta) {
  const auto found = metrics.find(metric);
  if (found != metrics.end() && found->get<double>() < improvement.best - min_delta) {
    improvement = {found->get<double>(), 0};
  } else {
    ++improvement.epochs_without;
  }
}

}  // namespace runner::worker
