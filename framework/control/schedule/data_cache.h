#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace runner::schedule {

// The folder F.files/cache, where the datasets of one run keep what its trials share: made for the run, and gone after
// it with all that is in it. What a runner left that was killed is removed first.
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

  std::filesystem::path folder_;
  std::vector<std::filesystem::path> made_;  // folders that were not there before, the outer ones first
};

}  // namespace runner::schedule
