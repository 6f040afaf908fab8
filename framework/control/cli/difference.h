// How an experiment differs from a sweep that was planned before.
#pragma once

#include <string>

#include "control/store/store.h"
#include "control/sweep/plan.h"

namespace runner::cli {

// What makes a plan another sweep than the stored one, one line each: "path: before -> now" for a parameter whose
// values differ and for the metric; where all have the same values, the first trial that has others than before.
std::string difference(const store::SweepState& stored, const sweep::Plan& plan);

}  // namespace runner::cli
