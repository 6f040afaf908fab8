#include "worker/train/early_stopping.h"

#include <cmath>
#include <sstream>

namespace runner::worker {

std::string EarlyStopping::hear(int64_t epoch, const Json& metrics) {
  note_epoch(improvement_, metrics, options_.metric, options_.min_delta);
  const int64_t epochs = improvement_.epochs_without;
  if (options_.patience == 0 || epochs < options_.patience) return "";
  std::ostringstream out;
  out << options_.metric << " has not improved for " << epochs << (epochs == 1 ? " epoch" : " epochs");
  if (std::isfinite(improvement_.best)) out << "; best " << improvement_.best << " at epoch " << epoch - epochs;
  return out.str();
}

}  // namespace runner::worker
