#include "worker/train/metrics.h"

#include <cmath>

namespace runner::worker {

void Metrics::add(const std::string& name, double value) {
  if (std::isfinite(value)) {
    metrics_[name] = value;
  } else {
    reasons_[name] = std::isnan(value) ? "not a number (NaN)" : "too large for a number (infinite)";
  }
}

void Metrics::add_loss(const std::string& prefix, double loss) {
  add(prefix + "loss", loss);
  add(prefix + "perplexity", std::exp(loss));
}

}  // namespace runner::worker
