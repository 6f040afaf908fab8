#include "common/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdlib>

#include "common/error.h"

namespace runner {
namespace {

using Clock = std::chrono::steady_clock;

// Between two looks at a program that has closed its output and goes on. A pidfd would tell, but some containers forbid
// it.
constexpr int kGlance = 5;  // milliseconds

constexpr size_t kMostCaptured = 64 << 20;  // bytes that are kept at least

// Owns the two attribute objects that posix_spawn wants.
struct SpawnAttributes {
  SpawnAttributes() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    add_flag(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  void add_flag(int flag) {
    flags = static_cast<short>(flags | flag);
    posix_spawnattr_setflags(&attributes, flags);
  }
  ~SpawnAttributes() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  short flags = 0;
};

std::vector<std::string> merged_environment(const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    const auto replaces = [&](const auto& pair) {
      return text.size() > pair.first.size() && text.substr(0, pair.first.size()) == pair.first &&
             text[pair.first.size()] == '=';
    };
    if (std::none_of(added.begin(), added.end(), replaces)) result.emplace_back(text);
  }
  for (const auto& [name, value] : added) {
    result.push_back(name);
    result.back() += "=" + value;
  }
  return result;
}

std::vector<char*> null_terminated(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// For poll(), which takes -1 for no end.
int milliseconds_left(Clock::time_point started_at, const Duration& limit) {
  constexpr double kMost = 1e9;  // more than poll() can be told
  if (limit.seconds == 0) return -1;
  const std::chrono::duration<double, std::milli> passed = Clock::now() - started_at;
  return static_cast<int>(std::clamp(limit.seconds * 1000 - passed.count(), 0.0, kMost));
}

// Whether a child has ended; it is left to be reaped.
bool has_ended(pid_t child) {
  siginfo_t ended{};
  return waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT | WNOHANG) == 0 && ended.si_pid == child;
}

[[noreturn]] void answer_as_copy(pid_t parent, int pipe, const std::function<std::string()>& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(EXIT_FAILURE);
  try {
    _exit(write_all(pipe, work()) ? EXIT_SUCCESS : EXIT_FAILURE);
  } catch (...) {
    _exit(EXIT_FAILURE);
  }
}

// Who prints without end fills no memory.
void keep_end(std::string& captured) {
  if (captured.size() > 2 * kMostCaptured) captured.erase(0, captured.size() - kMostCaptured);
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void FileDescriptor::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Pipe make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw EnvironmentError("cannot create a pipe", errno);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

bool read_available(int fd, std::string& buffer) {
  char bytes[1 << 16];
  const ssize_t count = ::read(fd, bytes, sizeof(bytes));
  if (count > 0) buffer.append(bytes, static_cast<size_t>(count));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
    } else if (errno == EAGAIN) {
      pollfd waiting{fd, POLLOUT, 0};
      ::poll(&waiting, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool write_available(int fd, std::string& buffer) {
  while (!buffer.empty()) {
    const ssize_t count = ::write(fd, buffer.data(), buffer.size());
    if (count >= 0) {
      buffer.erase(0, static_cast<size_t>(count));
    } else if (errno != EINTR) {
      return errno == EAGAIN;
    }
  }
  return true;
}

bool take_line(std::string& buffer, std::string& line) {
  const size_t newline = buffer.find('\n');
  if (newline == std::string::npos) return false;
  line.assign(buffer, 0, newline);
  buffer.erase(0, newline + 1);
  return true;
}

ExitStatus exit_status_from_wait(int wait_status) {
  ExitStatus status;
  if (WIFSIGNALED(wait_status)) status.signal = WTERMSIG(wait_status);
  if (WIFEXITED(wait_status)) status.code = WEXITSTATUS(wait_status);
  return status;
}

std::string describe_end(const ExitStatus& status) {
  return status.signal ? "was killed by " + describe_signal(status.signal)
                       : "left with exit code " + std::to_string(status.code);
}

std::string describe_signal(int signal) {
  const char* name = sigabbrev_np(signal);
  const char* text = sigdescr_np(signal);
  std::string meaning = text ? text : "unknown signal";
  meaning[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(meaning[0])));
  return (name ? "SIG" + std::string(name) : "signal " + std::to_string(signal)) + " (" + meaning + ")";
}

void kill_with_group(pid_t leader, int signal) {
  ::kill(-leader, signal);
  ::kill(leader, signal);
}

ChildProcess::ChildProcess(const SpawnRequest& request) : leads_group_(request.own_process_group) {
  Pipe in = make_pipe(), out = make_pipe(), err = make_pipe();
  SpawnAttributes spawn;
  if (request.own_process_group) spawn.add_flag(POSIX_SPAWN_SETPGROUP);
  posix_spawn_file_actions_adddup2(&spawn.actions, in.read_end.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&spawn.actions, out.write_end.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&spawn.actions, err.write_end.get(), STDERR_FILENO);
  auto added = request.environment;
  added.emplace_back(kParentVariable, std::to_string(getpid()));
  std::vector<std::string> argv = request.argv, environment = merged_environment(added);
  const int error = posix_spawn(&pid_, argv.at(0).c_str(), &spawn.actions, &spawn.attributes,
                                null_terminated(argv).data(), null_terminated(environment).data());
  if (error != 0) throw EnvironmentError("cannot start " + argv[0], error);
  stdin_ = std::move(in.write_end);
  stdout_ = std::move(out.read_end);
  stderr_ = std::move(err.read_end);
}

ChildProcess::~ChildProcess() {
  kill(SIGKILL);
  wait();
}

void ChildProcess::kill(int signal) {
  if (reaped_) return;
  if (leads_group_) {
    kill_with_group(pid_, signal);
  } else {
    ::kill(pid_, signal);
  }
}

ExitStatus ChildProcess::wait() {
  int status = 0;
  while (!reaped_) {
    const pid_t result = waitpid(pid_, &status, 0);
    if (result < 0 && errno == EINTR) continue;
    if (result == pid_) status_ = exit_status_from_wait(status);
    reaped_ = true;
  }
  return status_;
}

std::string host_name() {
  char name[256] = "";
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "localhost";
}

std::optional<std::string> result_apart(const std::function<std::string()>& work, const Duration& limit) {
  const auto started_at = Clock::now();
  Pipe pipe = make_pipe();
  const pid_t parent = getpid(), copy = fork();
  if (copy < 0) throw EnvironmentError("cannot start a process", errno);
  if (copy == 0) answer_as_copy(parent, pipe.write_end.get(), work);
  pipe.write_end.close();
  std::string result;
  bool is_open = true;
  for (int left = -1; is_open && left != 0;) {
    pollfd waiting{pipe.read_end.get(), POLLIN, 0};
    left = milliseconds_left(started_at, limit);
    if (::poll(&waiting, 1, left) > 0) is_open = read_available(pipe.read_end.get(), result);
  }
  if (is_open) ::kill(copy, SIGKILL);
  int status = 0;
  while (waitpid(copy, &status, 0) < 0 && errno == EINTR) continue;
  return exit_status_from_wait(status).succeeded() ? std::optional(result) : std::nullopt;
}

CapturedRun run_and_capture(const SpawnRequest& request, const Duration& limit) {
  const auto started_at = Clock::now();
  ChildProcess child(request);
  child.stdin_pipe().close();
  CapturedRun result;
  const auto can_print = [&child] { return child.stdout_pipe().is_open() || child.stderr_pipe().is_open(); };
  while (can_print() || !has_ended(child.pid())) {
    pollfd waiting[] = {{child.stdout_pipe().get(), POLLIN, 0}, {child.stderr_pipe().get(), POLLIN, 0}};
    const int time_left = milliseconds_left(started_at, limit);
    const bool is_short = time_left >= 0 && time_left < kGlance;
    if (::poll(waiting, 2, can_print() || is_short ? time_left : kGlance) < 0 && errno != EINTR) {
      throw EnvironmentError("cannot wait for " + request.argv[0], errno);
    }
    if (time_left == 0) {
      result.took_too_long = true;
      child.kill(SIGKILL);
      break;
    }
    if (waiting[0].revents && !read_available(child.stdout_pipe().get(), result.output)) child.stdout_pipe().close();
    if (waiting[1].revents && !read_available(child.stderr_pipe().get(), result.errors)) child.stderr_pipe().close();
    keep_end(result.output);
    keep_end(result.errors);
  }
  result.status = child.wait();
  return result;
}

}  // namespace runner
