#include "control/catalog/search.h"

#include <algorithm>
#include <set>
#include <system_error>

namespace runner::catalog {
namespace {

namespace fs = std::filesystem;

// What tells files apart: the place that all links lead to, or the path itself when they lead nowhere.
fs::path identity(const fs::path& file) {
  std::error_code error;
  const fs::path target = fs::canonical(file, error);
  return error ? file : target;
}

std::vector<fs::path> libraries_in(const fs::path& folder, std::error_code& error) {
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code unknown;
    if (entry->path().extension() == ".so" && !entry->is_directory(unknown)) files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<Candidate> search_folders(const std::vector<fs::path>& folders) {
  std::vector<Candidate> found;
  std::set<fs::path> seen;
  for (const fs::path& given : folders) {
    const fs::path folder = fs::absolute(given).lexically_normal();
    std::error_code error;
    for (const fs::path& file : libraries_in(folder, error)) {
      if (seen.insert(identity(file)).second) found.push_back({file, ""});
    }
    if (!error || error == std::errc::no_such_file_or_directory) continue;
    if (seen.insert(identity(folder)).second)
      found.push_back({folder, "this folder cannot be searched: " + error.message()});
  }
  return found;
}

}  // namespace runner::catalog
