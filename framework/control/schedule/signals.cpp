#include "control/schedule/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

namespace runner::schedule {
namespace {

bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// A blocked signal is queued even where it is ignored, so an ignored one must stay out of the set.
sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(signal)) sigaddset(&signals, signal);
  }
  return signals;
}

}  // namespace

Signals::Signals() : watched_(ending_signals()) {
  sigprocmask(SIG_BLOCK, &watched_, nullptr);
  pipe_handler_ = signal(SIGPIPE, SIG_IGN);
  descriptor_ = FileDescriptor(signalfd(-1, &watched_, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!descriptor_.is_open()) throw EnvironmentError("cannot watch signals", errno);
}

Signals::~Signals() {
  sigprocmask(SIG_UNBLOCK, &watched_, nullptr);
  signal(SIGPIPE, pipe_handler_);
}

void Signals::read() {
  signalfd_siginfo info{};
  bool came = false;
  while (::read(descriptor_.get(), &info, sizeof(info)) == sizeof(info)) {
    if (first_ == 0) first_ = static_cast<int>(info.ssi_signo);
    came = true;
  }
  requests_ += came;
}

ExitCode Signals::exit_code() const { return first_ == SIGINT ? ExitCode::interrupted : ExitCode::terminated; }

}  // namespace runner::schedule
