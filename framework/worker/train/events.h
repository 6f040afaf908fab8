// The way from a job to the runner. See common/protocol.h for the types and the fields of each.
#pragma once

#include "common/json.h"

namespace runner::worker {

class Events {
 public:
  virtual ~Events() = default;
  // Sends one event at once. When the runner is gone the process ends.
  virtual void send(const char* type, Json body) = 0;
};

// Whether the job shall end soon: set by SIGTERM. Jobs ask between two steps.
class StopSignal {
 public:
  virtual ~StopSignal() = default;
  virtual bool requested() const = 0;
};

}  // namespace runner::worker
