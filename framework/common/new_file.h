// A file that appears whole or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/process.h"

namespace runner {

// Whether it is the temporary file of a NewFile, which stays behind when a process is killed before it is finished.
bool is_unfinished(const std::filesystem::path& file);

// Removes those of a folder. Nobody may be writing there.
void remove_unfinished(const std::filesystem::path& folder);

// Collects its content in a temporary file beside `target`; `finish` puts that in the place of `target`. Ended without
// it, nothing is left and `target` is as it was. Every call throws EnvironmentError, naming `target`, when the disk
// does not take what it is given.
class NewFile {
 public:
  // The folder must be there. The file is as readable as any other new one.
  explicit NewFile(std::filesystem::path target);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(std::string_view bytes);
  // Returns when file and name are on the disk. Call it once, at the end.
  void finish();

 private:
  [[noreturn]] void fail() const;

  const std::filesystem::path target_;
  std::string temporary_;  // empty once there is none
  FileDescriptor file_;
};

}  // namespace runner
