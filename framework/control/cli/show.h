// runner show [SWEEP] | --trial ID: a sweep with its trials, or everything about one trial.
#pragma once

#include "control/cli/command.h"

namespace runner::cli {

void add_show(CLI::App& app, Action& action);

}  // namespace runner::cli
