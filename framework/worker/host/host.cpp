#include "worker/host/host.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>

#include "common/process_memory.h"
#include "worker/host/child.h"
#include "worker/host/environment.h"
#include "worker/host/errors.h"
#include "worker/host/job.h"
#include "worker/host/lifeline.h"
#include "worker/host/relay.h"

namespace runner::worker {
namespace {

// SIGCHLD and SIGTERM, as something to read instead of an interruption.
FileDescriptor open_signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGCHLD);
  sigaddset(&wanted, SIGTERM);
  sigprocmask(SIG_BLOCK, &wanted, nullptr);
  FileDescriptor signals(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.is_open()) throw EnvironmentError("worker: cannot watch signals", errno);
  return signals;
}

// The job in hand.
struct Job {
  Job(Child child, EventPipe& events)
      : pid(child.pid), lifeline(std::move(child.lifeline)), relay(std::move(child.output), events) {}
  const pid_t pid;
  const FileDescriptor lifeline;
  Relay relay;
};

class Host {
 public:
  Host(EventPipe& events, int events_fd) : events_(events), events_fd_(events_fd), signals_(open_signals()) {
    adopt_orphans();
  }
  ~Host() { end_job(); }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  ExitCode serve() {
    events_.send("ready", ready_body());
    while (!exit_code_) wait();
    end_job();
    return *exit_code_;
  }

 private:
  void wait() {
    const int output = job_ ? job_->relay.descriptor() : -1;  // poll() passes over -1
    pollfd waiting[] = {{STDIN_FILENO, POLLIN, 0}, {signals_.get(), POLLIN, 0}, {output, POLLIN, 0}};
    if (poll(waiting, 3, -1) < 0 && errno != EINTR) throw EnvironmentError("worker: cannot wait for commands", errno);
    if (waiting[2].revents) job_->relay.hand_on();
    if (waiting[1].revents) read_signals();
    if (waiting[0].revents) read_commands();
  }

  void read_commands() {
    const bool open = read_available(STDIN_FILENO, commands_);
    for (std::string line; take_line(commands_, line);) obey(line);
    if (!open) exit_code_ = ExitCode::success;
  }

  void obey(const std::string& line) {
    const protocol::Message message = parse(line);
    if (message.type == "stop") return stop_job();
    if (message.type == "kill") return kill_job();
    if (!is_job(message)) throw RequestError("worker: unknown command \"" + message.type + "\"");
    if (job_) throw RequestError("worker: a job came before the one in hand had exited: \"" + message.type + "\"");
    start(message);
  }

  static protocol::Message parse(const std::string& line) {
    try {
      return protocol::parse(line);
    } catch (const std::invalid_argument& error) {
      throw RequestError(std::string("worker: ") + error.what());
    }
  }

  void start(const protocol::Message& job) {
    const int threads = thread_count();
    if (threads != 1) {
      return refuse(
          job, "the worker host has " + std::to_string(threads) +
                   " threads, and a child forked from it could hang; something loaded with it (LD_PRELOAD, a BLAS with "
                   "threads of its own) started them");
    }
    try {
      Child child = fork_child(job, {events_fd_, signals_.get()});
      // The child has what we have, to begin with.
      const int64_t resident = memory_of(getpid()).value_or(ProcessMemory()).resident;
      events_.send("forked", {{"pid", child.pid}, {"resident", resident}});
      job_.emplace(std::move(child), events_);
    } catch (const EnvironmentError& error) {
      refuse(job, error.what());
    }
  }

  void refuse(const protocol::Message& job, const std::string& reason) {
    report_failure(job, events_, {reason, protocol::kEnvironment});
    events_.send("exited", {{"code", static_cast<int>(ExitCode::environment)}, {"signal", 0}});
  }

  void stop_job() {
    if (job_) kill(job_->pid, SIGTERM);
  }

  // With everything that a plugin started, but for what left the group, which follows when the job has ended.
  void kill_job() {
    if (job_) kill_with_group(job_->pid, SIGKILL);
  }

  void read_signals() {
    signalfd_siginfo info{};
    while (read(signals_.get(), &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
      if (info.ssi_signo == SIGTERM) heed_sigterm();
    }
    reap(WNOHANG);
  }

  // A batch system asks every process of a job to end. Training then saves what it has; after it the host is of use if
  // the runner goes on, and leaves with the runner if it does not.
  void heed_sigterm() {
    if (!job_) exit_code_ = ExitCode::terminated;
    stop_job();
  }

  // Its group is killed while the child is a zombie: until then the number cannot be another group's. Nobody is left
  // then to write into the pipes.
  void reap(int options) {
    siginfo_t ended{};
    if (!job_ || waitid(P_PID, static_cast<id_t>(job_->pid), &ended, WEXITED | WNOWAIT | options) != 0) return;
    if (ended.si_pid != job_->pid) return;
    kill_job();
    int status = 0;
    waitpid(job_->pid, &status, 0);
    end_children();
    while (job_->relay.hand_on()) continue;
    job_.reset();
    const ExitStatus exit = exit_status_from_wait(status);
    events_.send("exited", {{"code", exit.code}, {"signal", exit.signal}});
  }

  void end_job() {
    kill_job();
    reap(0);
  }

  EventPipe& events_;
  const int events_fd_;
  FileDescriptor signals_;
  std::optional<Job> job_;
  std::string commands_;  // received, up to and with an incomplete line
  std::optional<ExitCode> exit_code_;
};

}  // namespace

ExitCode serve(EventPipe& events, int events_fd) { return Host(events, events_fd).serve(); }

}  // namespace runner::worker
