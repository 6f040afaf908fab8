// The words of the command line, "path=value", as a document to lay over the file's.
#pragma once

#include <string>
#include <vector>

#include "control/config/node.h"
#include "control/config/problems.h"

namespace runner::sweep {

// The words as one nested mapping; every place in it is "command line: <path>". Of a path that is given twice the last
// word counts, with a line in `warnings`.
config::NodePtr read_overrides(const std::vector<std::string>& words, config::Problems& problems,
                               std::vector<std::string>& warnings);

}  // namespace runner::sweep
