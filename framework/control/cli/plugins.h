// runner plugins list: the models and datasets that can be found, and the files that cannot be used.
// runner plugins describe NAME: one of them, with its parameters.
#pragma once

#include "control/cli/command.h"

namespace runner::cli {

void add_plugins(CLI::App& app, Action& action);

}  // namespace runner::cli
