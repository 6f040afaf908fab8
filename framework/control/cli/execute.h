// From a plan to results: decides which sweep of the database this is, prepares, runs, and prints the table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "control/cli/command.h"
#include "control/cli/planning.h"
#include "control/store/store.h"

namespace runner::cli {

struct ExecuteOptions {
  std::filesystem::path database;
  bool fresh = false;               // another sweep beside the ones there are
  std::optional<int64_t> sweep_id;  // this very sweep, whose hash is the plan's; otherwise it is looked up
  bool retry_failed = false;        // failed trials run again
  Format format = Format::table;
};

// Runs what is left to run of the plan's sweep. Returns the exit code that its trials, or a signal, ask for.
ExitCode execute(const PlannedSweep& planned, const ExecuteOptions& options);

}  // namespace runner::cli
