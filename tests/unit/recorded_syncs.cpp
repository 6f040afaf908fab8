#include "unit/recorded_syncs.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <mutex>
#include <string>
#include <system_error>

namespace {

std::mutex mutex;

std::set<std::filesystem::path>& synced() {
  static std::set<std::filesystem::path> paths;
  return paths;
}

}  // namespace

extern "C" int fsync(int file) {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file), error);
  {
    const std::lock_guard lock(mutex);
    if (!error) synced().insert(path);
  }
  return static_cast<int>(syscall(SYS_fsync, file));
}

namespace runner::testing {

std::set<std::filesystem::path> recorded_syncs() {
  const std::lock_guard lock(mutex);
  return synced();
}

}  // namespace runner::testing
