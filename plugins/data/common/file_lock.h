#pragma once

#include <filesystem>

namespace runner::text {

// Keeps other processes that ask for the same file waiting until this object, or its process, ends. The file is made
// and stays. Where it cannot be made there is no lock, and nobody waits.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace runner::text
