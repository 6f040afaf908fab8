// From a plan to results: decides which sweep of the database this is, prepares, runs, and prints the table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "control/cli/command.h"
#include "control/cli/planning.h"
#include "control/store/store.h"

namespace runner::cli {

struct ExecuteOptions {
  std::filesystem::path database;
  bool fresh = false;               // another sweep beside the ones there are
  std::optional<int64_t> sweep_id;  // this very sweep, whose hash is the plan's; otherwise it is looked up
  bool retry_failed = false;        // failed trials run again
  bool prints_report = true;        // the sweep's table, on standard output
  // The steps after which a trial's first attempts die, to prove that it resumes. Empty: none does.
  std::function<std::vector<int64_t>(const sweep::Trial&)> kill_at_steps;
  Format format = Format::table;
};

// Runs what is left to run of the plan's sweep. Returns the exit code that its trials, or a signal, ask for.
ExitCode execute(const PlannedSweep& planned, const ExecuteOptions& options);

}  // namespace runner::cli
