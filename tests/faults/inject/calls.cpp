// Stands in front of the C library's calls that change files (LD_PRELOAD), and lets some of them meet a fault.
// README.md says how it is told. It starts no threads, and between load and exit it takes no lock and allocates
// nothing.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <system_error>

#include "faults.h"

namespace runner::faults {
namespace {

Role own_role = Role::none;
Faults* faults = nullptr;  // nothing is asked of this process

// --- loading ---

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// A worker with arguments answers one question and leaves: it is no host.
Role role_at_start(int argc) {
  char file[PATH_MAX] = "";
  if (readlink("/proc/self/exe", file, sizeof(file) - 1) < 0) return Role::none;
  const std::string name = std::strrchr(file, '/') + 1;
  if (name == "runner") return Role::runner;
  return name == "worker" && argc == 1 ? Role::host : Role::none;
}

std::atomic<uint64_t> own_progress;

// What all processes of a run share is in a file of eight zeros.
std::atomic<uint64_t>& progress_in(const std::string& file) {
  if (file.empty()) return own_progress;
  const int descriptor = open(file.c_str(), O_RDWR | O_CLOEXEC);
  void* mapped = mmap(nullptr, sizeof(own_progress), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (mapped == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "FAULTS_STATE " + file);
  close(descriptor);
  return *static_cast<std::atomic<uint64_t>*>(mapped);
}

// What a host forks is a trial; a process that a trial starts is none of ours. Each counts for itself from zero.
void become_child() {
  own_role = own_role == Role::host ? Role::trial : Role::none;
  own_progress = 0;
}

__attribute__((constructor)) void load(int argc, char**, char**) {
  static_assert(std::atomic<uint64_t>::is_always_lock_free);
  try {
    own_role = role_at_start(argc);
    if (own_role == Role::none) return;
    faults = new Faults(parse_instructions(environment_variable("FAULTS")),
                        progress_in(environment_variable("FAULTS_STATE")), environment_variable("FAULTS_WHILE"));
    pthread_atfork(nullptr, nullptr, become_child);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "faults: %s\n", error.what());
    _exit(125);
  }
}

// --- meeting a fault ---

bool is_concerned() { return faults && faults->concerns(own_role); }

class PathOf {
 public:
  explicit PathOf(int descriptor) {
    const int before = errno;
    char link[32];
    std::snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
    const ssize_t length = readlink(link, text_, sizeof(text_) - 1);
    text_[length < 0 ? 0 : length] = '\0';
    errno = before;
  }
  operator const char*() const { return text_; }

 private:
  char text_[PATH_MAX];
};

[[noreturn]] void die() {
  kill(getpid(), SIGKILL);
  while (true) pause();
}

// True: the call fails, and errno says how.
template <typename FirstHalf>
bool meets_fault(const char* path, FirstHalf do_half) {
  const Instruction* instruction = faults->meet(own_role, path);
  if (!instruction) return false;
  if (instruction->action == Action::tear) do_half();
  if (instruction->action != Action::fail) die();
  errno = instruction->error;
  return true;
}

bool meets_fault(const char* path) {
  return meets_fault(path, [] {});
}

bool fails(int descriptor) { return is_concerned() && meets_fault(PathOf(descriptor)); }

template <typename FirstHalf>
bool write_fails(int descriptor, FirstHalf write_half) {
  return is_concerned() && meets_fault(PathOf(descriptor), write_half);
}

bool open_fails(const char* path, int flags) { return (flags & O_CREAT) && is_concerned() && meets_fault(path); }

// Whether the name goes or comes, it is one call.
bool rename_fails(const char* from, const char* to) {
  char both[2 * PATH_MAX];
  if (!is_concerned()) return false;
  std::snprintf(both, sizeof(both), "%s %s", from, to);
  return meets_fault(both);
}

mode_t mode_in(int flags, va_list rest) {
  return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? static_cast<mode_t>(va_arg(rest, int)) : 0;
}

int open_at(int folder, const char* path, int flags, mode_t mode) {
  if (open_fails(path, flags)) return -1;
  return static_cast<int>(syscall(SYS_openat, folder, path, flags, mode));
}

ssize_t write_at(int descriptor, const void* bytes, size_t size, off_t offset) {
  const auto write_half = [=] { syscall(SYS_pwrite64, descriptor, bytes, size / 2, offset); };
  return write_fails(descriptor, write_half) ? -1 : syscall(SYS_pwrite64, descriptor, bytes, size, offset);
}

int truncate_at(int descriptor, off_t size) {
  return fails(descriptor) ? -1 : static_cast<int>(syscall(SYS_ftruncate, descriptor, size));
}

}  // namespace
}  // namespace runner::faults

// --- the calls ---

#pragma GCC visibility push(default)
extern "C" {

using namespace runner::faults;

ssize_t write(int descriptor, const void* bytes, size_t size) {
  const auto write_half = [=] { syscall(SYS_write, descriptor, bytes, size / 2); };
  return write_fails(descriptor, write_half) ? -1 : syscall(SYS_write, descriptor, bytes, size);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  return write_at(descriptor, bytes, size, offset);
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
  return write_at(descriptor, bytes, size, offset);
}

ssize_t writev(int descriptor, const iovec* parts, int count) {
  const auto write_half = [=] { syscall(SYS_writev, descriptor, parts, count / 2); };
  return write_fails(descriptor, write_half) ? -1 : syscall(SYS_writev, descriptor, parts, count);
}

ssize_t pwritev(int descriptor, const iovec* parts, int count, off_t offset) {
  const auto write_half = [=] { syscall(SYS_pwritev, descriptor, parts, count / 2, offset, 0); };
  return write_fails(descriptor, write_half) ? -1 : syscall(SYS_pwritev, descriptor, parts, count, offset, 0);
}

int fsync(int descriptor) { return fails(descriptor) ? -1 : static_cast<int>(syscall(SYS_fsync, descriptor)); }

int fdatasync(int descriptor) { return fails(descriptor) ? -1 : static_cast<int>(syscall(SYS_fdatasync, descriptor)); }

int ftruncate(int descriptor, off_t size) noexcept { return truncate_at(descriptor, size); }

int ftruncate64(int descriptor, off64_t size) noexcept { return truncate_at(descriptor, size); }

int rename(const char* from, const char* to) noexcept { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  return rename_fails(from, to) ? -1 : static_cast<int>(syscall(SYS_renameat2, from_folder, from, to_folder, to, 0));
}

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_in(flags, rest);
  va_end(rest);
  return open_at(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_in(flags, rest);
  va_end(rest);
  return open_at(AT_FDCWD, path, flags, mode);
}

int mkostemp(char* path, int flags) {
  if (open_fails(path, O_CREAT)) return -1;
  return mkostemps(path, 0, flags);  // the same call by a name that is not stood before, so none has to be looked up
}

}  // extern "C"
#pragma GCC visibility pop
