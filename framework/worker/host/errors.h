// How a job says that it cannot be done.
#pragma once

#include "common/protocol.h"
#include "worker/train/events.h"
#include "worker/train/failure.h"

namespace runner::worker {

// `failed` for training, else `problem` without a path.
void report_failure(const protocol::Message& job, Events& events, const Failure& failure);

}  // namespace runner::worker
