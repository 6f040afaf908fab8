#include "worker/train/memory_limit.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "common/error.h"
#include "common/process_memory.h"

namespace runner::worker {
namespace {

constexpr rlim_t kBlasBuffer = 128 << 20;  // that OpenBLAS maps for a thread, at most

// That this process gave itself. Nothing allowed: none.
struct OwnLimit {
  int64_t allowed = 0;
  rlim_t before = RLIM_INFINITY;
};
OwnLimit own_limit;

rlimit data_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_DATA, &limit);
  return limit;
}

rlim_t mapped_now() {
  const auto memory = memory_of(getpid());
  if (memory && memory->mapped > 0) return static_cast<rlim_t>(memory->mapped);
  throw EnvironmentError("worker: /proc/self/status does not say how much memory this process has");
}

// By each thread beside the first, which has its own from the host: OpenMP's stack and that of LibTorch's pool, and a
// buffer for matrix products.
rlim_t mapped_by_thread() {
  pthread_attr_t attributes;
  size_t stack = 0;
  pthread_getattr_default_np(&attributes);
  pthread_attr_getstacksize(&attributes, &stack);
  pthread_attr_destroy(&attributes);
  return 2 * stack + kBlasBuffer;
}

// The soft limit alone, so that it can be taken off again.
void set_soft_limit(rlim_t bytes) {
  rlimit limit = data_limit();
  limit.rlim_cur = bytes;
  if (setrlimit(RLIMIT_DATA, &limit) != 0) throw EnvironmentError("worker: cannot limit the memory of a trial", errno);
}

std::string in_mebibytes(rlim_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace

void limit_memory(int64_t bytes, int threads) {
  if (bytes == 0) return;
  const rlim_t before = data_limit().rlim_cur;
  const rlim_t threads_beside = static_cast<rlim_t>(threads) - 1;
  const rlim_t wanted = mapped_now() + static_cast<rlim_t>(bytes) + threads_beside * mapped_by_thread();
  if (wanted >= before) return;
  set_soft_limit(wanted);
  own_limit = {bytes, before};
}

void lift_memory_limit() {
  if (own_limit.allowed > 0) set_soft_limit(own_limit.before);
}

std::string memory_limit_text() {
  if (own_limit.allowed > 0) {
    return "run.memory allows " + in_mebibytes(static_cast<rlim_t>(own_limit.allowed)) +
           " beside what an idle worker has";
  }
  const rlim_t limit = data_limit().rlim_cur;
  return limit == RLIM_INFINITY ? "" : "ulimit -d allows a process " + in_mebibytes(limit);
}

}  // namespace runner::worker
