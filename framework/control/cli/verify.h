#pragma once

#include "control/cli/command.h"

namespace runner::cli {

// runner verify EXPERIMENT
void add_verify(CLI::App& app, Action& action);

}  // namespace runner::cli
