// Starting other programs and owning their ends.
#pragma once

#include <runner/params.h>
#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runner {

// Owns a file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { close(); }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void close();

 private:
  int fd_ = -1;
};

struct Pipe {
  FileDescriptor read_end, write_end;
};
// Both ends close-on-exec. Throws EnvironmentError.
Pipe make_pipe();

// Reads what has arrived into `buffer`. True while more may come; false at end of file or on an error. A descriptor in
// non-blocking mode that has nothing now returns true and leaves `buffer` alone.
bool read_available(int fd, std::string& buffer);

// Writes everything, waiting as long as it takes. False when the other end is gone or on an error (errno is set).
bool write_all(int fd, std::string_view bytes);

// Writes what a descriptor in non-blocking mode takes now, and removes it from `buffer`. False as for write_all.
bool write_available(int fd, std::string& buffer);

// Takes the next complete line (without its newline) off the front of `buffer`. False when there is none.
bool take_line(std::string& buffer, std::string& line);

// How a process ended.
struct ExitStatus {
  int code = 0;    // of exit(); meaningless when `signal` is not 0
  int signal = 0;  // the signal that ended it; 0: it left by itself
  bool succeeded() const { return signal == 0 && code == 0; }
};
ExitStatus exit_status_from_wait(int wait_status);

// "was killed by SIGSEGV (segmentation fault)", "left with exit code 3"
std::string describe_end(const ExitStatus& status);

// "SIGSEGV (segmentation fault)"
std::string describe_signal(int signal);

// Sends a signal to a group and to the process that it is named after. To that by itself as well, since it may have
// gone over to another group, its parent's say, where a signal to its own reaches nobody; most signals it gets twice.
// It must be a child that has not been reaped: until then both numbers are nobody else's.
void kill_with_group(pid_t leader, int signal);

// The environment variable that tells each program whose child it is, as a number. getppid() does not once that process
// has ended, perhaps before the program came to ask.
inline constexpr char kParentVariable[] = "RUNNER_PARENT";

struct SpawnRequest {
  std::vector<std::string> argv;                                 // argv[0] is the absolute path of the program
  std::vector<std::pair<std::string, std::string>> environment;  // added to ours, replacing equal names
  bool own_process_group = false;  // out of the reach of a terminal's Ctrl-C: we pass it on as we see fit
};

// A running program with pipes to its standard streams. Started by posix_spawn, never by a bare fork, with default
// signal dispositions and an empty signal mask. Our ends are close-on-exec. The destructor kills and reaps a program
// still running, so that none is left behind.
class ChildProcess {
 public:
  // Throws EnvironmentError when it cannot be started.
  explicit ChildProcess(const SpawnRequest& request);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  FileDescriptor& stdin_pipe() { return stdin_; }
  FileDescriptor& stdout_pipe() { return stdout_; }
  FileDescriptor& stderr_pipe() { return stderr_; }

  // Also to what it started, where it was given a process group of its own: kill_with_group(). Nothing happens when it
  // has been reaped.
  void kill(int signal);
  ExitStatus wait();  // blocks until it ends; later calls return the same

 private:
  const bool leads_group_;
  pid_t pid_ = -1;
  bool reaped_ = false;
  ExitStatus status_;
  FileDescriptor stdin_, stdout_, stderr_;
};

struct CapturedRun {
  ExitStatus status;
  std::string output, errors;
  bool took_too_long = false;  // and was killed
};

// The name of this machine.
std::string host_name();

// What `work` returns, done by a copy of this process that cannot outlive it: for what may crash or never end, as it
// reads what nobody vouches for. Nothing when it does crash, throws, or has not ended at `limit`; it is killed then.
// The process must have a single thread, and hold no lock: the copy would hold it, too. Throws EnvironmentError when
// there can be no copy.
std::optional<std::string> result_apart(const std::function<std::string()>& work, const Duration& limit);

// Runs a program with empty input until it has ended and nobody can print any more, neither it nor what it started, and
// returns what was printed, of very much the end. No longer than `limit`, 0 = as long as it takes, whatever the program
// does with its descriptors and its process group.
CapturedRun run_and_capture(const SpawnRequest& request, const Duration& limit = {});

}  // namespace runner
