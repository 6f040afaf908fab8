#include "common/folder.h"

#include <algorithm>
#include <system_error>

#include "common/error.h"

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

}  // namespace runner
