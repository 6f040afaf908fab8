// The host: loads LibTorch once, then forks one child for each job.
//
// It stays single-threaded and does no arithmetic: OpenMP's threads do not survive a fork, and a child of a process
// that used them hangs at its first parallel loop. Before each fork it counts its threads and refuses the job if there
// is more than one. Every line on its standard output is written by the host alone; what a child says passes through
// it (relay.h), so that a child that dies in the middle of a line leaves no half one behind. With a child goes whatever
// a plugin started in it (lifeline.h).
#pragma once

#include "common/error.h"
#include "worker/host/event_pipe.h"

namespace runner::worker {

// Says `ready` and serves the commands on standard input until it ends; a child still at work is killed then, and
// reaped. SIGTERM is handed on to the child, and ends a host that has none. Returns the exit code. Throws RequestError
// for what is not a command.
ExitCode serve(EventPipe& events, int events_fd);

}  // namespace runner::worker
