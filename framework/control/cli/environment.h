// What a sweep ran on and with: the `environment` column of `sweeps`, described in results/README.md.
#pragma once

#include "control/cli/planning.h"

namespace runner::cli {

// `worker`: what the worker hosts said of their LibTorch, BLAS and compiler. `command` is the command line's words.
// `revision`: of the experiment's folder, "" where there is none.
Json sweep_environment(const PlannedSweep& planned, const std::string& revision, const Json& worker,
                       const schedule::PoolSettings& pool, const std::vector<std::string>& command);

// The source that an environment and an experiment text were made from, to be planned again.
sweep::Source source_from_environment(const std::string& experiment, const Json& environment);

// The words of this process's command line.
std::vector<std::string> own_command_line();

}  // namespace runner::cli
