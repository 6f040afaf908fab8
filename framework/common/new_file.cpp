#include "common/new_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <regex>
#include <system_error>
#include <utility>

#include "common/error.h"
#include "common/folder.h"

namespace runner {
namespace {

namespace fs = std::filesystem;

// Behind the name of a temporary file; mkostemp replaces the six letters. No name that a person gives ends so.
constexpr const char* kSuffix = ".new-XXXXXX";

// mkostemp makes files for the owner alone.
void make_readable(int file) {
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(file, 0666 & ~mask);
}

}  // namespace

bool is_unfinished(const fs::path& file) {
  static const std::regex pattern("\\.new-[A-Za-z0-9]{6}");
  return std::regex_match(file.extension().string(), pattern);
}

void remove_unfinished(const fs::path& folder) {
  std::error_code ignored;  // one too many does no harm
  for (const fs::path& file : entries_of(folder)) {
    if (is_unfinished(file)) fs::remove(file, ignored);
  }
}

NewFile::NewFile(fs::path target) : target_(std::move(target)), temporary_(target_.string() + kSuffix) {
  file_ = FileDescriptor(mkostemp(temporary_.data(), O_CLOEXEC));
  if (!file_.is_open()) fail();
  make_readable(file_.get());
}

NewFile::~NewFile() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void NewFile::write(std::string_view bytes) {
  if (!write_all(file_.get(), bytes)) fail();
}

void NewFile::finish() {
  if (fsync(file_.get()) != 0 || rename(temporary_.c_str(), target_.c_str()) != 0) fail();
  temporary_.clear();
  file_.close();
  if (!sync_folder(folder_of(target_))) fail();
}

void NewFile::fail() const { throw EnvironmentError("cannot write " + target_.string(), errno); }

}  // namespace runner
