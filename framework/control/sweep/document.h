// An experiment as written: the file's document, the command line's, and the two together.
#pragma once

#include <string>
#include <vector>

#include "control/config/node.h"
#include "control/config/param_reader.h"
#include "control/config/problems.h"
#include "control/sweep/plan.h"

namespace runner::sweep {

struct Document {
  config::NodePtr file;
  config::NodePtr overrides;
  config::NodePtr merged;  // without what the command line replaces or fixes
  bool has_sweep = false;
  bool varies_nothing = false;  // `sweep:` has neither parameters nor trials nor seeds
  config::ReadContext file_context, command_line_context;
};

// Parses both and reconciles them: an axis whose values are overridden loses its range and the other way round, a seed
// on the command line replaces the sweep's seeds. Throws ConfigError when there is no document to speak of.
Document read_document(const Source& source, config::Problems& problems, std::vector<std::string>& warnings);

// What is neither a configuration nor a sweep.
struct Header {
  std::string name, description;
  RunOptions run;
  int64_t seed = 1;
};
Header read_header(const Document& document, config::Problems& problems);

// The parameter `seed`, wherever a seed is written.
ParamSpec seed_spec();

}  // namespace runner::sweep
