// What to say about an exception that a plugin or LibTorch threw.
#pragma once

#include <string>

#include "common/protocol.h"
#include "worker/train/events.h"

namespace runner::worker {

// One sentence on the exception being handled, whatever its type; call it inside a catch block. Without the backtrace
// that LibTorch adds to its own.
std::string describe_current_exception();

// Says that a job cannot be done: `failed` for training, else `problem` without a path.
void report_failure(const protocol::Message& job, Events& events, const std::string& message);

}  // namespace runner::worker
