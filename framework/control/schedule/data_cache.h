#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/process.h"

namespace runner::schedule {

// A folder in F.files/cache where the datasets of one run keep what its trials share: made for the run, and gone after
// it with all that is in it. What runners left that were killed is removed first.
//
// Runners that are about to make the same database prepare their trials at the same time, before one of them gets its
// lock. So each has a folder of its own and holds a lock on that: nobody removes the cache of a living process.
//
// It costs time and nothing else when the folder cannot be made, or when somebody removes it: datasets do without.
class DataCache {
 public:
  explicit DataCache(const std::filesystem::path& database);
  ~DataCache();
  DataCache(const DataCache&) = delete;
  DataCache& operator=(const DataCache&) = delete;

  // An absolute path; empty when there is no such folder.
  std::string folder() const;

 private:
  bool make(const std::filesystem::path& folder);
  bool make_own(const std::filesystem::path& parent);

  std::filesystem::path folder_;
  FileDescriptor lock_;                      // on `folder_`
  std::vector<std::filesystem::path> made_;  // folders above it that were not there before, the outer ones first
};

// What runners left in F.files/cache that were killed.
std::vector<std::filesystem::path> stale_caches(const std::filesystem::path& database);
void remove_stale_caches(const std::filesystem::path& database);

}  // namespace runner::schedule
