#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace runner::text {

// A file that appears whole or not at all: written beside its place under another name, and gone with this object
// unless it was put there.
class NewFile {
 public:
  explicit NewFile(const std::filesystem::path& place);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

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
