// The accelerators of this machine.
#pragma once

#include "common/json.h"

namespace runner::worker {

// {cuda: [names]}, in LibTorch's order; empty when this LibTorch has no CUDA or the machine no device. Asks the driver,
// so only a process that trains nothing may call it.
Json list_devices();

}  // namespace runner::worker
