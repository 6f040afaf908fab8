#pragma once

#include <runner/dataset.h>

namespace runner::worker {

// Throws std::runtime_error, with a message for the dataset's author, when the batch is not a pair of [T, N] int64
// tensors on the CPU with tokens in 0 … vocabulary-1. A model would fail on it in less plain words, or not at all.
void check_batch(const Batch& batch, int64_t vocabulary);

}  // namespace runner::worker
