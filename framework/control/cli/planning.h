// From an experiment's source to a plan and the plugins it needs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/json.h"
#include "control/schedule/preparation.h"
#include "control/sweep/plan.h"

namespace runner::cli {

struct PlannedSweep {
  sweep::Plan plan;
  schedule::PluginFiles files;
  Json plugin_hashes;       // {file: SHA-256} of the plugins that the plan uses
  std::string worker_hash;  // SHA-256 of the worker's program, which has the loss, the optimizers and the loop
};

// What the plugins that can be found offer.
config::Schemas find_schemas(const std::vector<std::filesystem::path>& plugin_folders);

// The files of the plugins that a resolved configuration names. Throws RequestError for one that cannot be used now.
schedule::PluginFiles plugin_files_of(const Json& config, const config::Schemas& schemas);

// Finds the plugins, makes the plan, and prints its warnings to stderr. Throws ConfigError with all that is wrong.
PlannedSweep plan_sweep(const sweep::Source& source, const std::vector<std::filesystem::path>& plugin_folders);

// What a trial's checkpoints must belong to, as workers want it: its configuration and seed, the code
// of its plugins and of the worker. Workers add what they compute with.
std::map<std::string, std::string> checkpoint_identity(const PlannedSweep& planned, const sweep::Trial& trial);

// The same experiment, prepared: throws ConfigError with every problem that the workers found, located in the file.
// `cache`: see schedule::DataCache.
schedule::Preparation prepare_sweep(const PlannedSweep& planned, const std::string& cache, schedule::WorkerPool& pool,
                                    schedule::Signals& signals);

}  // namespace runner::cli
