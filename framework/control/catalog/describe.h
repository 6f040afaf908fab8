// Asking a worker what a plugin provides.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "control/catalog/catalog.h"

namespace runner::catalog {

// Fills version and components of a plugin whose ABI note fits, from the cache or from a worker process that opens it;
// or its problem, when the plugin cannot be opened or described, or not in the time that it is given. May be called
// from several threads for different plugins. Throws EnvironmentError when the worker cannot be run.
void describe_plugin(const std::filesystem::path& worker, const Duration& time_to_answer, PluginFile& plugin);

}  // namespace runner::catalog
