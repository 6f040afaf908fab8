// runner compare [SWEEP…]: which arms are better, and how sure that is.
#pragma once

#include "control/cli/command.h"

namespace runner::cli {

void add_compare(CLI::App& app, Action& action);

}  // namespace runner::cli
