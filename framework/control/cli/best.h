// runner best [SWEEP] [--yaml]: the best trial of a sweep, and the file that reruns it.
#pragma once

#include "control/cli/command.h"

namespace runner::cli {

void add_best(CLI::App& app, Action& action);

}  // namespace runner::cli
