// Ways to cut a sequence of tokens into batches [T, N].
#pragma once

#include <runner/dataset.h>

#include <cstdint>
#include <memory>

namespace runner::text {

struct BatchShape {
  int64_t steps = 0;  // T
  int64_t rows = 0;   // N
};

// Row n of a batch goes on where row n of the batch before ended. The sequence is laid out as N rows of equal length
// (tokens / N; what is left over at its end is not used), and a batch is T columns of them, so that there are
// (tokens / N - 1) / T batches. `tokens` is [tokens] int32; the stream shares it.
int64_t consecutive_batch_count(int64_t tokens, BatchShape shape);
int64_t consecutive_tokens_needed(BatchShape shape);  // for one batch
std::unique_ptr<BatchStream> consecutive_batches(const at::Tensor& tokens, BatchShape shape);

// Windows of T tokens side by side, in random order, N of them a batch; every batch begins with a new state. The
// windows begin at a random offset below T and the order is random, both decided by `seed` and `epoch` alone. Every
// window occurs at most once an epoch; those that do not fill a last batch are left out. There are (tokens - 1) / T / N
// batches, in every epoch.
int64_t random_batch_count(int64_t tokens, BatchShape shape);
int64_t random_tokens_needed(BatchShape shape);  // for one batch
std::unique_ptr<BatchStream> random_batches(const at::Tensor& tokens, BatchShape shape, int64_t epoch, uint64_t seed);

}  // namespace runner::text
