#include "worker/host/memory_limit.h"

#include <sys/resource.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>

#include "common/error.h"

namespace runner::worker {
namespace {

// What the kernel counts against RLIMIT_DATA, in bytes: "VmData:    123456 kB".
rlim_t private_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmData:", 0) != 0) continue;
    rlim_t kibibytes = 0;
    if (std::istringstream(line.substr(7)) >> kibibytes) return kibibytes << 10;
  }
  throw EnvironmentError("worker: /proc/self/status does not say how much memory this process has");
}

// The soft limit alone, so that it can be taken off again.
void set_soft_limit(rlim_t bytes) {
  rlimit limit{};
  getrlimit(RLIMIT_DATA, &limit);
  limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
  if (setrlimit(RLIMIT_DATA, &limit) != 0) throw EnvironmentError("worker: cannot limit the memory of a trial", errno);
}

}  // namespace

void limit_memory(int64_t bytes) {
  if (bytes > 0) set_soft_limit(private_memory() + static_cast<rlim_t>(bytes));
}

void lift_memory_limit() { set_soft_limit(RLIM_INFINITY); }

}  // namespace runner::worker
