#include "common/folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "common/error.h"
#include "common/process.h"

namespace runner {
namespace fs = std::filesystem;

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    entries.push_back(entry->path());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool file_exists(const fs::path& file) {
  std::error_code error;
  if (fs::exists(fs::status(file, error))) return true;
  if (error == std::errc::no_such_file_or_directory) return false;
  throw EnvironmentError("cannot look at " + file.string() + ": " + error.message() +
                         "; every folder on the way must be one that this user may enter: make it so, or name another "
                         "file");
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : "."; }

bool sync_folder(const fs::path& folder) {
  const FileDescriptor descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.is_open()) return errno == EACCES;
  return fsync(descriptor.get()) == 0 || errno == EINVAL;
}

void make_folders(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> missing;
  for (fs::path level = folder; !level.empty() && !fs::exists(level, error); level = level.parent_path()) {
    missing.push_back(level);
  }
  fs::create_directories(folder, error);
  if (error) throw EnvironmentError("cannot create the folder " + folder.string(), error.value());
  for (const fs::path& level : missing) {
    if (!sync_folder(folder_of(level))) throw EnvironmentError("cannot create the folder " + level.string(), errno);
  }
}

}  // namespace runner
