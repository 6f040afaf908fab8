// runner doctor: what trials would run on here, and what would slow them down or stop them; or whether a results
// database is sound.
#pragma once

#include "control/cli/command.h"

namespace runner::cli {

void add_doctor(CLI::App& app, Action& action);

}  // namespace runner::cli
