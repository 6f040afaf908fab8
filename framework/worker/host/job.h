// One job, done in the process that was forked for it.
#pragma once

#include "common/protocol.h"
#include "worker/train/events.h"

namespace runner::worker {

// Whether this is a job at all: check, prepare, train, sample or list.
bool is_job(const protocol::Message& message);

// Opens the job's plugins, does it with as many threads as it asks for (one, unless it trains or samples), and reports
// through `events`. Returns normally, also when the job fails: whatever is thrown becomes an event.
void run_job(const protocol::Message& message, Events& events, const StopSignal& stop);

}  // namespace runner::worker
