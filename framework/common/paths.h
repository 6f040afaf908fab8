// Where the parts of an installation lie. The build folder has the layout of an installed prefix, so one rule serves
// both:
//
//   PREFIX/bin/runner   PREFIX/libexec/runner/worker   PREFIX/lib/runner/plugins/*.so
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace runner {

// The prefix that this program was started from, by /proc/self/exe.
std::filesystem::path installation_prefix();

std::filesystem::path worker_executable();

// Folders to look for plugins in, first the most specific: `given` (from --plugin-path), then those of the
// colon-separated RUNNER_PLUGIN_PATH, then this installation's own.
std::vector<std::filesystem::path> plugin_folders(const std::vector<std::filesystem::path>& given);

// $XDG_CACHE_HOME/runner, or ~/.cache/runner.
std::filesystem::path cache_folder();

// `given` (from --db) if not empty, else RUNNER_DB, else ./results/results.db; links and `..` followed, so that lock
// and folder, which are named after it, are the same whatever a database was called.
std::filesystem::path database_file(const std::string& given);

// Where a database keeps files of its trials: F.db -> F.files; with any other name F -> F.files, too.
std::filesystem::path files_folder(const std::filesystem::path& database);

// Where a trial of a database leaves its files: F.files/<trial>.
std::filesystem::path trial_folder(const std::filesystem::path& database, int64_t trial_id);

// The weights that a completed trial leaves in its folder.
std::filesystem::path weights_file(const std::filesystem::path& trial_folder);

// Where it keeps the weights of its best epochs, and those of one of them.
std::filesystem::path best_weights_folder(const std::filesystem::path& trial_folder);
std::filesystem::path best_weights_file(const std::filesystem::path& trial_folder, int64_t epoch);

// Where a trial that is not completed keeps its checkpoints.
std::filesystem::path checkpoint_folder(const std::filesystem::path& trial_folder);

// Where sweeps that run have a folder each for what their trials share: F.files/cache.
std::filesystem::path data_cache_folder(const std::filesystem::path& database);

}  // namespace runner
