#include "control/cli/output.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <iostream>
#include <system_error>

#include "common/error.h"
#include "common/process.h"

namespace runner::cli {
namespace {

namespace fs = std::filesystem;

void require_replaceable(const fs::path& file, bool replace) {
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  if (!fs::exists(status)) return;
  if (!fs::is_regular_file(status)) throw RequestError(file.string() + " is no ordinary file: name another one");
  if (!replace) throw RequestError(file.string() + " exists: name another file, or replace it with --force");
}

// mkstemp makes files for the owner alone; an answer is as readable as any other new file.
void make_readable(int file) {
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(file, 0666 & ~mask);
}

void write_file(const std::string& text, const fs::path& file) {
  std::string temporary = file.string() + ".XXXXXX";
  const FileDescriptor descriptor(mkstemp(temporary.data()));
  if (!descriptor.is_open()) throw EnvironmentError("cannot write " + file.string(), errno);
  make_readable(descriptor.get());
  if (write_all(descriptor.get(), text) && fsync(descriptor.get()) == 0 && rename(temporary.c_str(), file.c_str()) == 0)
    return;
  const int error = errno;
  unlink(temporary.c_str());
  throw EnvironmentError("cannot write " + file.string(), error);
}

}  // namespace

void write_answer(const std::string& text, const std::string& file, bool replace) {
  if (file.empty() || file == "-") {
    std::cout << text;
    return;
  }
  require_replaceable(file, replace);
  std::error_code error;
  const fs::path target = fs::weakly_canonical(file, error);  // what a link leads to, not the link
  write_file(text, error ? fs::path(file) : target);
}

}  // namespace runner::cli
