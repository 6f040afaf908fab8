#include "control/schedule/data_cache.h"

#include <system_error>

#include "common/paths.h"

namespace runner::schedule {
namespace fs = std::filesystem;

DataCache::DataCache(const fs::path& database) {
  std::error_code error;
  const fs::path folder = fs::absolute(data_cache_folder(database), error);
  fs::remove_all(folder, error);
  if (make(folder)) folder_ = folder;
}

// A request that turns out wrong leaves nothing behind, so folders made on the way go too; `remove` takes empty ones
// only.
DataCache::~DataCache() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
  for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder) fs::remove(*folder, ignored);
}

std::string DataCache::folder() const { return folder_.string(); }

bool DataCache::make(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return true;
  if (!folder.has_relative_path() || !make(folder.parent_path()) || !fs::create_directory(folder, error)) return false;
  made_.push_back(folder);
  return true;
}

}  // namespace runner::schedule
