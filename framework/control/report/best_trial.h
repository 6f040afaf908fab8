// The choice of a sweep's best trial.
#pragma once

#include <cstdint>
#include <string>

#include "control/store/reader.h"

namespace runner::report {

struct BestTrial {
  int64_t trial_id = 0;
  std::string left_out;  // those that would compete if they did not see the future: "7, 8"; empty: none
};

// The best completed trial by the sweep's metric, of equal ones the first; none that sees the tokens it shall predict.
// Throws RequestError with the reason when there is none.
BestTrial best_trial(store::Reader& reader, int64_t sweep_id);

}  // namespace runner::report
