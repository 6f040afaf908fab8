// What the arms of a comparison wrote, side by side.
#pragma once

#include <string>
#include <vector>

#include "control/report/comparison.h"
#include "control/store/reader.h"

namespace runner::report {

struct PrefixSamples {
  std::string prefix;
  store::Table table;  // a row an epoch, a column an arm: its text, NULL where it wrote nothing
};

// One trial speaks for each arm that has samples: of the smallest seed that all these arms have samples of, or else of
// its own smallest, and then the column's name says which. Prefixes in the order they were asked for.
std::vector<PrefixSamples> samples_side_by_side(store::Reader& reader, const ComparisonTable& table);

}  // namespace runner::report
