#include "worker/host/event_pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iostream>

#include "common/error.h"
#include "common/protocol.h"

namespace runner::worker {

void EventPipe::send(const char* type, Json body) { write(protocol::event_line(type, std::move(body))); }

void EventPipe::forward(const std::string& line) { write(line + "\n"); }

void EventPipe::write(const std::string& bytes) {
  if (getpid() != owner_ || !write_all(output_.get(), bytes)) leave(static_cast<int>(ExitCode::environment));
}

FileDescriptor claim_standard_output() {
  FileDescriptor output(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!output.is_open() || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    throw EnvironmentError("worker: cannot take over standard output", errno);
  }
  return output;
}

void leave(int code) {
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
  _exit(code);
}

}  // namespace runner::worker
