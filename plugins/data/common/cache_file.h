#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace runner::text {

// A file of a cache, that appears whole or not at all: written beside its place under another name, and gone with this
// object unless it was put there. What a cache cannot keep is computed again, so nothing here throws or waits for the
// disk, unlike the host's files of results (common/new_file.h), which plugins cannot include.
class CacheFile {
 public:
  explicit CacheFile(const std::filesystem::path& place);
  ~CacheFile();
  CacheFile(const CacheFile&) = delete;
  CacheFile& operator=(const CacheFile&) = delete;

  // Whether all went well so far.
  bool write(const void* bytes, size_t size);
  // The file takes its place, and that of whatever is there. False when this or anything before it failed.
  bool put();

 private:
  const std::filesystem::path place_;
  std::string name_;
  int descriptor_ = -1;  // -1: something failed
};

}  // namespace runner::text
