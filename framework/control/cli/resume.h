// runner resume [SWEEP] [--retry-failed]: continues a sweep as it was planned, without its file.
#pragma once

#include "control/cli/command.h"

namespace runner::cli {

void add_resume(CLI::App& app, Action& action);

}  // namespace runner::cli
