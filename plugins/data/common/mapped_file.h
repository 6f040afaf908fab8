#pragma once

#include <cstddef>
#include <filesystem>

namespace runner::text {

// A regular file's bytes, mapped read-only. No bytes when it cannot be opened.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const char* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace runner::text
