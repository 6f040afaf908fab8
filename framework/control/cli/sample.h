// `runner sample`: texts from the weights that a trial left.
#pragma once

#include "control/cli/command.h"

namespace runner::cli {

void add_sample(CLI::App& app, Action& action);

}  // namespace runner::cli
