// runner sweep FILE [key=value …]
#pragma once

#include "control/cli/command.h"

namespace runner::cli {

void add_sweep(CLI::App& app, Action& action);

}  // namespace runner::cli
