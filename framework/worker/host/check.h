// The `check` job: rules across a plugin's options, before anything is trained.
#pragma once

#include "common/protocol.h"
#include "worker/train/events.h"

namespace runner::worker {

// Has every component's factory judge its options and sends one `problem` for each that is refused,
// "models.0.hidden_size". What is wrong with a plugin as a whole has the path "models.0". Sends `checked` in the end.
// Never throws because of a plugin.
void check(const protocol::CheckJob& job, Events& events);

}  // namespace runner::worker
