// runner list: the sweeps of a database, the newest first.
#pragma once

#include "control/cli/command.h"

namespace runner::cli {

void add_list(CLI::App& app, Action& action);

}  // namespace runner::cli
