// Events as lines on a file descriptor.
#pragma once

#include <unistd.h>

#include <string>

#include "common/process.h"
#include "worker/train/events.h"

namespace runner::worker {

// Sends each event as one whole line, waiting as long as the reader takes. When the reader is gone the process ends:
// nobody is left to work for. So does a copy of the process that a plugin forked and that went on like the original:
// its events would stand among those of the other.
class EventPipe final : public Events {
 public:
  explicit EventPipe(FileDescriptor output) : output_(std::move(output)), owner_(getpid()) {}

  void send(const char* type, Json body) override;
  // Sends a line (without its newline) that is an event already.
  void forward(const std::string& line);

 private:
  void write(const std::string& bytes);

  FileDescriptor output_;
  const pid_t owner_;
};

// Takes standard output away from everybody else: returns a private descriptor of it, closed on exec, and lets
// descriptor 1 lead to standard error, so that a plugin may print without disturbing the events. Throws
// EnvironmentError.
FileDescriptor claim_standard_output();

// Flushes what was printed and ends the process without running destructors: those of LibTorch's globals and of open
// plugins are not safe to run.
[[noreturn]] void leave(int code);

}  // namespace runner::worker
