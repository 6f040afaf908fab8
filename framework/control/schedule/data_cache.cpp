#include "control/schedule/data_cache.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>

#include <algorithm>
#include <iterator>
#include <system_error>

#include "common/folder.h"
#include "common/paths.h"

namespace runner::schedule {
namespace fs = std::filesystem;
namespace {

constexpr int kAttempts = 10;

// Open once we hold the folder; closed when somebody else does.
FileDescriptor lock_folder(const fs::path& folder) {
  FileDescriptor descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (descriptor.is_open() && flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) descriptor.close();
  return descriptor;
}

// Whether no process holds the entry of a cache. Files lie there by accident.
bool is_stale(const fs::path& entry) {
  std::error_code ignored;
  return !fs::is_directory(fs::symlink_status(entry, ignored)) || lock_folder(entry).is_open();
}

void remove_if_stale(const fs::path& entry) {
  std::error_code ignored;
  const FileDescriptor lock = lock_folder(entry);  // held until it is gone
  if (lock.is_open() || !fs::is_directory(fs::symlink_status(entry, ignored))) fs::remove_all(entry, ignored);
}

}  // namespace

std::vector<fs::path> stale_caches(const fs::path& database) {
  const std::vector<fs::path> all = entries_of(data_cache_folder(database));
  std::vector<fs::path> stale;
  std::copy_if(all.begin(), all.end(), std::back_inserter(stale), is_stale);
  return stale;
}

void remove_stale_caches(const fs::path& database) {
  std::error_code ignored;
  for (const fs::path& entry : stale_caches(database)) remove_if_stale(entry);
  fs::remove(data_cache_folder(database), ignored);  // only when it is empty
}

DataCache::DataCache(const fs::path& database) {
  std::error_code error;
  const fs::path parent = fs::absolute(data_cache_folder(database), error);
  remove_stale_caches(database);
  for (int i = 0; i < kAttempts && make(parent); ++i) {
    if (make_own(parent)) return;
  }
}

// A request that turns out wrong leaves nothing behind, so folders made on the way go too; `remove` takes empty ones
// only.
DataCache::~DataCache() {
  std::error_code ignored;
  if (!folder_.empty()) {
    fs::remove_all(folder_, ignored);
    fs::remove(folder_.parent_path(), ignored);
  }
  for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder) fs::remove(*folder, ignored);
}

std::string DataCache::folder() const { return folder_.string(); }

bool DataCache::make(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return true;
  if (!folder.has_relative_path() || !make(folder.parent_path())) return false;
  if (!fs::create_directory(folder, error)) return !error;  // another runner was faster, perhaps
  made_.push_back(folder);
  sync_folder(folder.parent_path());  // the database will lie there, and is as safe as the folder's name
  return true;
}

// False when it cannot be made, or when another runner took it for one that was left, before we held it.
bool DataCache::make_own(const fs::path& parent) {
  std::string name = (parent / "XXXXXX").string();
  if (!mkdtemp(name.data())) return false;
  lock_ = lock_folder(name);
  std::error_code error;
  if (!lock_.is_open() || !fs::exists(name, error)) return false;
  folder_ = name;
  return true;
}

}  // namespace runner::schedule
