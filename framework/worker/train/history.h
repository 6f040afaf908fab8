// What a trial has told, as a checkpoint keeps it: `epoch`, `sample` and `flag` events, each with its type and without
// its trial.
#pragma once

#include <cstdint>

#include "common/json.h"

namespace runner::worker {

// Throws std::invalid_argument or Json::exception unless these are events of a trial that stands in `epoch`: one
// `epoch` for each epoch before, in order, every `sample` of one of them, and all fields of the types that they have.
void check_history(const Json& history, int64_t epoch);

}  // namespace runner::worker
