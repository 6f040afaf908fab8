#include "worker/train/ngram.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "worker/train/batch_check.h"

namespace runner::worker {
namespace {

using Counts = std::unordered_map<int64_t, int64_t>;

double times_log(int64_t count) { return static_cast<double>(count) * std::log(static_cast<double>(count)); }

double sum_times_log(const Counts& counts) {
  double sum = 0;
  for (const auto& [key, count] : counts) sum += times_log(count);
  return sum;
}

// Calls `use` for each batch of epoch 1. Floors and counts are the same for every data seed.
template <typename Use>
void for_each_batch(const Dataset& data, Split split, const std::function<void()>& between, Use use) {
  const auto stream = data.batches(split, 1, 0);
  Batch batch;
  while (stream->next(batch)) {
    check_batch(batch, data.vocabulary_size());
    use(batch);
    between();
  }
}

}  // namespace

void PairCounts::add(const at::Tensor& inputs, const at::Tensor& targets) {
  const at::Tensor from = inputs.contiguous(), to = targets.contiguous();
  const int64_t* a = from.data_ptr<int64_t>();
  const int64_t* b = to.data_ptr<int64_t>();
  for (int64_t i = 0; i < from.numel(); ++i) ++pairs_[a[i] * vocabulary_ + b[i]];
  total_ += from.numel();
}

void PairCounts::add_sequence(const at::Tensor& tokens, const std::function<void()>& between) {
  constexpr int64_t kChunk = 1 << 16;  // bounds the memory of the conversion to int64
  for (int64_t start = 0; start + 1 < tokens.numel(); start += kChunk) {
    const int64_t length = std::min(kChunk, tokens.numel() - 1 - start);
    const at::Tensor chunk = tokens.narrow(0, start, length + 1).to(at::kLong);
    add(chunk.narrow(0, 0, length), chunk.narrow(0, 1, length));
    between();
  }
}

double PairCounts::unigram_perplexity() const {
  if (total_ == 0) return 1;
  Counts targets;
  for (const auto& [pair, count] : pairs_) targets[pair % vocabulary_] += count;
  return std::exp((times_log(total_) - sum_times_log(targets)) / static_cast<double>(total_));
}

double PairCounts::bigram_perplexity() const {
  if (total_ == 0) return 1;
  Counts inputs;
  for (const auto& [pair, count] : pairs_) inputs[pair / vocabulary_] += count;
  return std::exp((sum_times_log(inputs) - sum_times_log(pairs_)) / static_cast<double>(total_));
}

PairCounts training_pairs(const Dataset& data, const std::function<void()>& between) {
  PairCounts counts(data.vocabulary_size());
  const at::Tensor text = data.sequence(Split::train);
  if (text.defined()) {
    counts.add_sequence(text, between);
  } else {
    for_each_batch(data, Split::train, between, [&](const Batch& batch) { counts.add(batch.inputs, batch.targets); });
  }
  return counts;
}

int64_t tokens_per_epoch(const Dataset& data, Split split, const std::function<void()>& between) {
  int64_t tokens = 0;
  if (data.has_split(split)) {
    for_each_batch(data, split, between, [&](const Batch& batch) { tokens += batch.targets.numel(); });
  }
  return tokens;
}

}  // namespace runner::worker
