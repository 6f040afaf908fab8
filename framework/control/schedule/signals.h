// SIGINT, SIGTERM and SIGHUP as data, but for those that we were started to ignore (nohup): blocked while this lives,
// and read from a descriptor between two steps of the event loop, so that no code ever runs inside a signal handler.
#pragma once

#include <signal.h>

#include "common/error.h"
#include "common/process.h"

namespace runner::schedule {

class Signals {
 public:
  // Blocks the signals, and ignores SIGPIPE until its end: a worker may be gone when it is written to. Make it before
  // any thread or child is started.
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Readable when a signal has come.
  int descriptor() const { return descriptor_.get(); }
  // Takes what has come.
  void read();

  // How often the person or the system asked us to end; signals that came together count once.
  int requests() const { return requests_; }
  // The exit code that the first request asks for.
  ExitCode exit_code() const;

 private:
  sigset_t watched_{};
  sighandler_t pipe_handler_ = SIG_DFL;  // of SIGPIPE, before
  FileDescriptor descriptor_;
  int requests_ = 0;
  int first_ = 0;
};

}  // namespace runner::schedule
