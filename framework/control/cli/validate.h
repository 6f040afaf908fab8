// runner validate FILE [key=value …]: everything that `sweep` checks before its first trial, and nothing more.
#pragma once

#include "control/cli/command.h"

namespace runner::cli {

void add_validate(CLI::App& app, Action& action);

}  // namespace runner::cli
