// `min`, `max`, `distribution` and `count` of an axis: the points of a grid.
#pragma once

#include <runner/params.h>

#include <vector>

#include "control/config/param_reader.h"

namespace runner::sweep {

// `count` evenly spaced points from min to max, both included: on a linear scale (uniform), on a logarithmic one
// (log_uniform), or the nearest integers to those (int_uniform, int_log_uniform). Points that are not integers are
// rounded to twelve digits, so that 0.001 is 0.001. Empty, with the reason in `problems`, when there are none.
std::vector<config::NodePtr> range_points(const config::Entry& axis, const ParamSpec& spec,
                                          const config::ReadContext& context, config::Problems& problems);

}  // namespace runner::sweep
