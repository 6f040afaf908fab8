// runner rm SWEEP…: removes sweeps with everything they left.
#pragma once

#include "control/cli/command.h"

namespace runner::cli {

void add_rm(CLI::App& app, Action& action);

}  // namespace runner::cli
