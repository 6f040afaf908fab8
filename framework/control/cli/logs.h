// runner logs TRIAL: what a trial's workers printed.
#pragma once

#include "control/cli/command.h"

namespace runner::cli {

void add_logs(CLI::App& app, Action& action);

}  // namespace runner::cli
