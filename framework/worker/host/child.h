// The process that does one job.
#pragma once

#include <sys/types.h>

#include <initializer_list>

#include "common/process.h"
#include "common/protocol.h"

namespace runner::worker {

// Starts the job in a fork of this process, which must have one thread. The child inherits the loaded LibTorch and
// nothing else: standard input is empty, signals have their defaults (but SIGINT and SIGPIPE, ignored, and SIGTERM,
// which asks training to stop), `inherited` is closed. It leads a process group of its own, which dies with this
// process, or when `lifeline` is closed. Its events arrive on `output`, which is in non-blocking mode. Throws
// EnvironmentError.
struct Child {
  pid_t pid = -1;
  FileDescriptor output, lifeline;
};
Child fork_child(const protocol::Message& job, std::initializer_list<int> inherited);

// How many threads this process has.
int thread_count();

}  // namespace runner::worker
