// How `runner doctor` tells what it found.
#pragma once

#include "common/check.h"
#include "control/cli/command.h"

namespace runner::cli {

// Prints the checks and, for people, what is to be said of those that are not ok; `all_well` when there are none.
// Returns the exit code: environment when one is an error.
ExitCode print_checks(const Checks& checks, Format format, const char* all_well);

}  // namespace runner::cli
