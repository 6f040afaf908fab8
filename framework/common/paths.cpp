#include "common/paths.h"

#include <cstdlib>
#include <sstream>
#include <system_error>

#include "common/layout.h"  // written by CMake

namespace runner {
namespace fs = std::filesystem;
namespace {

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// What a name leads to. Its last part is followed even where nothing is at the end of the link: SQLite would make the
// file there.
fs::path link_target(fs::path file) {
  constexpr int kMostLinks = 40;  // as the kernel has it
  std::error_code error;
  for (int i = 0; i < kMostLinks && fs::is_symlink(fs::symlink_status(file, error)); ++i) {
    file = file.parent_path() / fs::read_symlink(file, error);
  }
  return file;
}

// The one name that a file has once links and `..` are followed; as it was given where that says the same.
fs::path canonical_name(const fs::path& file) {
  std::error_code error;
  const fs::path absolute = fs::absolute(file, error);
  const fs::path followed = fs::weakly_canonical(link_target(absolute), error);
  return error || followed == absolute ? file : followed;
}

}  // namespace

fs::path installation_prefix() {
  fs::path prefix = fs::read_symlink("/proc/self/exe").parent_path();
  // A program of the installation may lie at any depth below the prefix; the worker's place tells where the prefix is.
  while (prefix.has_relative_path() && !fs::exists(prefix / layout::kWorker)) prefix = prefix.parent_path();
  return prefix;
}

fs::path worker_executable() { return installation_prefix() / layout::kWorker; }

std::vector<fs::path> plugin_folders(const std::vector<fs::path>& given) {
  std::vector<fs::path> folders;
  for (const fs::path& folder : given) folders.push_back(fs::absolute(folder).lexically_normal());
  std::istringstream listed(environment_variable("RUNNER_PLUGIN_PATH"));
  for (std::string folder; std::getline(listed, folder, ':');) {
    if (!folder.empty()) folders.push_back(fs::absolute(folder).lexically_normal());
  }
  folders.push_back(installation_prefix() / layout::kPluginFolder);
  return folders;
}

fs::path cache_folder() {
  const std::string cache = environment_variable("XDG_CACHE_HOME");
  if (!cache.empty()) return fs::path(cache) / "runner";
  const std::string home = environment_variable("HOME");
  return home.empty() ? fs::temp_directory_path() / "runner-cache" : fs::path(home) / ".cache" / "runner";
}

fs::path database_file(const std::string& given) {
  const std::string named = given.empty() ? environment_variable("RUNNER_DB") : given;
  return canonical_name(named.empty() ? fs::path("results") / "results.db" : fs::path(named));
}

fs::path files_folder(const fs::path& database) {
  fs::path folder = database;
  if (folder.extension() == ".db") folder.replace_extension();
  return folder += ".files";
}

fs::path trial_folder(const fs::path& database, int64_t trial_id) {
  return files_folder(database) / std::to_string(trial_id);
}

fs::path weights_file(const fs::path& trial_folder) { return trial_folder / "weights.safetensors"; }

fs::path best_weights_folder(const fs::path& trial_folder) { return trial_folder / "best"; }

fs::path best_weights_file(const fs::path& trial_folder, int64_t epoch) {
  return best_weights_folder(trial_folder) / ("epoch-" + std::to_string(epoch) + ".safetensors");
}

fs::path checkpoint_folder(const fs::path& trial_folder) { return trial_folder / "checkpoints"; }

fs::path data_cache_folder(const fs::path& database) { return files_folder(database) / "cache"; }

}  // namespace runner
