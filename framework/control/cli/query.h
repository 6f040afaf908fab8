// runner query ["SQL"]: any question to the database, which it cannot change.
#pragma once

#include "control/cli/command.h"

namespace runner::cli {

void add_query(CLI::App& app, Action& action);

}  // namespace runner::cli
