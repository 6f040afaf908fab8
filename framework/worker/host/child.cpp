#include "worker/host/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>

#include "common/error.h"
#include "worker/host/errors.h"
#include "worker/host/event_pipe.h"
#include "worker/host/job.h"
#include "worker/train/memory.h"

namespace runner::worker {
namespace {

volatile std::sig_atomic_t stop_requested = 0;

extern "C" void request_stop(int) { stop_requested = 1; }

class SigtermStop final : public StopSignal {
 public:
  bool requested() const override { return stop_requested != 0; }
};

// Dies with the host: at once when it is gone already.
void follow(pid_t host) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != host) _exit(static_cast<int>(ExitCode::environment));
}

void empty_standard_input() {
  const FileDescriptor nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (nothing.is_open()) dup2(nothing.get(), STDIN_FILENO);
}

// Only training can stop and say so; any other job ends where it is. What the host blocked, it unblocks last: a SIGTERM
// sent meanwhile is kept until somebody listens.
void reset_signals(bool can_stop) {
  struct sigaction action {};
  action.sa_handler = can_stop ? request_stop : SIG_DFL;
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

struct JobInHand {
  const protocol::Message& job;
  EventPipe& events;
};

// Runs when a plugin calls exit(): our own way out is _exit.
void report_exit(int code, void* argument) {
  const auto& hand = *static_cast<const JobInHand*>(argument);
  report_failure(hand.job, hand.events,
                 "a plugin ended the process with exit(" + std::to_string(code) +
                     "); a plugin reports an error by throwing an exception");
  leave(code);
}

[[noreturn]] void be_child(const protocol::Message& job, FileDescriptor output, pid_t host) {
  follow(host);
  empty_standard_input();
  keep_freed_memory();
  reset_signals(job.type == "train");
  EventPipe events(std::move(output));
  JobInHand hand{job, events};
  on_exit(report_exit, &hand);
  run_job(job, events, SigtermStop());
  leave(static_cast<int>(ExitCode::success));
}

}  // namespace

Child fork_child(const protocol::Message& job, std::initializer_list<int> inherited) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw EnvironmentError("worker: cannot create a pipe", errno);
  FileDescriptor read_end(ends[0]), write_end(ends[1]);
  fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
  std::fflush(nullptr);  // what is buffered now would be printed twice
  const pid_t host = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw EnvironmentError("worker: cannot start a process for the job", errno);
  if (pid > 0) return {pid, std::move(read_end)};
  for (const int fd : inherited) close(fd);
  read_end.close();
  be_child(job, std::move(write_end), host);
}

int thread_count() {
  using Iterator = std::filesystem::directory_iterator;
  return static_cast<int>(std::distance(Iterator("/proc/self/task"), Iterator()));
}

}  // namespace runner::worker
