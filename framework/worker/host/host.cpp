#include "worker/host/host.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>

#include "worker/host/child.h"
#include "worker/host/environment.h"
#include "worker/host/errors.h"
#include "worker/host/job.h"

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

class Host {
 public:
  Host(EventPipe& events, int events_fd) : events_(events), events_fd_(events_fd), signals_(open_signals()) {}
  ~Host() { end_child(); }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  ExitCode serve() {
    events_.send("ready", ready_body());
    while (!exit_code_) wait();
    end_child();
    return *exit_code_;
  }

 private:
  void wait() {
    const int output = child_ && child_->output.is_open() ? child_->output.get() : -1;  // poll() passes over -1
    pollfd waiting[] = {{STDIN_FILENO, POLLIN, 0}, {signals_.get(), POLLIN, 0}, {output, POLLIN, 0}};
    if (poll(waiting, 3, -1) < 0 && errno != EINTR) throw EnvironmentError("worker: cannot wait for commands", errno);
    if (waiting[2].revents) relay();
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
    if (message.type == "stop") return signal_child(SIGTERM);
    if (message.type == "kill") return signal_child(SIGKILL);
    if (!is_job(message)) throw RequestError("worker: unknown command \"" + message.type + "\"");
    if (child_) throw RequestError("worker: a job came before the one in hand had exited: \"" + message.type + "\"");
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
      child_ = fork_child(job, {events_fd_, signals_.get()});
      events_.send("forked", {{"pid", child_->pid}});
    } catch (const EnvironmentError& error) {
      refuse(job, error.what());
    }
  }

  void refuse(const protocol::Message& job, const std::string& reason) {
    report_failure(job, events_, {reason, protocol::kEnvironment});
    events_.send("exited", {{"code", static_cast<int>(ExitCode::environment)}, {"signal", 0}});
  }

  void signal_child(int signal) {
    if (child_) kill(child_->pid, signal);
  }

  // Hands on whole lines; false when the child has nothing to say now, or never again.
  bool relay() {
    const size_t before = said_.size();
    const bool open = read_available(child_->output.get(), said_);
    const bool said_something = said_.size() > before;
    for (std::string line; take_line(said_, line);) events_.forward(line);
    if (!open) child_->output.close();
    return open && said_something;
  }

  void read_signals() {
    signalfd_siginfo info{};
    while (read(signals_.get(), &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
      if (info.ssi_signo == SIGTERM) exit_code_ = ExitCode::terminated;
    }
    reap(WNOHANG);
  }

  void reap(int options) {
    int status = 0;
    if (!child_ || waitpid(child_->pid, &status, options) != child_->pid) return;
    while (child_->output.is_open() && relay()) continue;
    child_.reset();
    said_.clear();
    const ExitStatus exit = exit_status_from_wait(status);
    events_.send("exited", {{"code", exit.code}, {"signal", exit.signal}});
  }

  void end_child() {
    signal_child(SIGKILL);
    reap(0);
  }

  EventPipe& events_;
  const int events_fd_;
  FileDescriptor signals_;
  std::optional<Child> child_;
  std::string commands_, said_;  // received, up to and with an incomplete line
  std::optional<ExitCode> exit_code_;
};

}  // namespace

ExitCode serve(EventPipe& events, int events_fd) { return Host(events, events_fd).serve(); }

}  // namespace runner::worker
