// What this worker computes with.
#pragma once

#include "common/json.h"

namespace runner::worker {

// {libtorch, blas: {file, description}, compiler, sdk_abi, cuda_compiled}: of the libraries that are loaded, not of
// those that were there at build time. Computes nothing, starts no thread and does not ask CUDA.
Json environment();

// The body of the `ready` event: {environment, pid}.
Json ready_body();

}  // namespace runner::worker
