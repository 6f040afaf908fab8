#pragma once

#include "control/cli/command.h"

namespace runner::cli {

// runner export TRIAL --weights FILE
void add_export(CLI::App& app, Action& action);

}  // namespace runner::cli
