// What the arms of a comparison are compared with.
#pragma once

#include <string>

#include "control/report/comparison.h"

namespace runner::report {

// Gives every table its baseline: the arm that `wanted` names, by its own label or the one that tells it apart, or,
// where `wanted` is empty or not in that table, the best. The arms of the tables are sorted. Throws RequestError when
// no table has such an arm, two arms of a table have that label, or it has no value.
void choose_baselines(Comparison& comparison, const std::string& wanted);

}  // namespace runner::report
