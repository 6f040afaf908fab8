// `sweep:` as a search space, with what the command line fixes taken out of it.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "control/sweep/document.h"
#include "control/sweep/registry.h"
#include "control/sweep/space.h"

namespace runner::sweep {

struct SweepSpec {
  Metric metric;
  std::vector<int64_t> seeds;  // at least one
  Space space;
  config::Place place;         // of `sweep:`, or of the document
  config::Place metric_place;  // of the metric's name; of `sweep:` where none is stated
  // Paths that `parameters:` mentions, rightly or not: nobody needs to be told that they are missing in the base.
  std::set<std::string> mentioned;
};

// Of a document without `sweep:` it is a single trial with `seed`.
SweepSpec read_sweep(const Document& document, int64_t seed, const Registry& registry, config::Problems& problems,
                     std::vector<std::string>& warnings);

}  // namespace runner::sweep
