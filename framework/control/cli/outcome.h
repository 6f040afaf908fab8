// What becomes of an error: a sentence on standard error, and an exit code.
#pragma once

#include "control/cli/command.h"

namespace runner::cli {

// Runs the action, and says of whatever it throws what is wrong. Messages may quote a file of anybody's: what a
// terminal could misunderstand is shown as in report::single_line.
ExitCode run_to_outcome(const Action& action);

}  // namespace runner::cli
