// The trials of a plan, for `runner sweep --dry-run`.
#pragma once

#include <iosfwd>

#include "control/cli/command.h"
#include "control/sweep/plan.h"

namespace runner::cli {

// One row a trial: number, label, seed and the parameters that differ between trials.
void print_trials(const sweep::Plan& plan, Format format, std::ostream& out);

}  // namespace runner::cli
