#include "worker/host/child.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>

#include "common/error.h"
#include "worker/host/errors.h"
#include "worker/host/event_pipe.h"
#include "worker/host/job.h"
#include "worker/host/lifeline.h"
#include "worker/train/memory.h"

namespace runner::worker {
namespace {

volatile sig_atomic_t stop_requested = 0;

extern "C" void request_stop(int) { stop_requested = 1; }

class SigtermStop final : public StopSignal {
 public:
  bool requested() const override { return stop_requested != 0; }
};

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
  pid_t process;
};

// Runs when a plugin calls exit(): our own way out is _exit. A process that the plugin forked may leave as it likes.
void report_exit(int code, void* argument) {
  const auto& hand = *static_cast<const JobInHand*>(argument);
  if (hand.process != getpid()) return;
  report_failure(hand.job, hand.events,
                 {"a plugin ended the process with exit(" + std::to_string(code) +
                      "); a plugin reports an error by throwing an exception",
                  ""});
  leave(code);
}

[[noreturn]] void be_child(const protocol::Message& job, FileDescriptor output, const FileDescriptor& lifeline,
                           pid_t host) {
  lead_group(lifeline.get());
  follow_parent(host);
  empty_standard_input();
  keep_freed_memory();
  reset_signals(job.type == "train");
  EventPipe events(std::move(output));
  JobInHand hand{job, events, getpid()};
  on_exit(report_exit, &hand);
  run_job(job, events, SigtermStop());
  leave(static_cast<int>(ExitCode::success));
}

}  // namespace

Child fork_child(const protocol::Message& job, std::initializer_list<int> inherited) {
  Pipe output = make_pipe(), lifeline = make_pipe();
  fcntl(output.read_end.get(), F_SETFL, O_NONBLOCK);
  std::fflush(nullptr);  // what is buffered now would be printed twice
  const pid_t host = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw EnvironmentError("worker: cannot start a process for the job", errno);
  if (pid > 0) {
    setpgid(pid, pid);  // whoever of the two comes first
    return {pid, std::move(output.read_end), std::move(lifeline.write_end)};
  }
  for (const int fd : inherited) close(fd);
  output.read_end.close();
  lifeline.write_end.close();
  be_child(job, std::move(output.write_end), lifeline.read_end, host);
}

int thread_count() {
  using Iterator = std::filesystem::directory_iterator;
  return static_cast<int>(std::distance(Iterator("/proc/self/task"), Iterator()));
}

}  // namespace runner::worker
