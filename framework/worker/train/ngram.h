// How well the training text can be predicted without a model: the floors that a trial's perplexity is read against.
#pragma once

#include <runner/dataset.h>

#include <cstdint>
#include <functional>
#include <unordered_map>

namespace runner::worker {

// Counts of neighbouring tokens. Memory in proportion to the distinct pairs.
class PairCounts {
 public:
  explicit PairCounts(int64_t vocabulary) : vocabulary_(vocabulary) {}

  // Two int64 tensors of one size; each target follows its input.
  void add(const at::Tensor& inputs, const at::Tensor& targets);
  // Every pair of neighbours of an integer tensor [tokens]. Calls `between` as it goes.
  void add_sequence(const at::Tensor& tokens, const std::function<void()>& between);

  int64_t total() const { return total_; }
  // exp(-mean log p) over all pairs counted, with relative frequencies as p: of the target alone, and of the target
  // after its input. 1 when nothing was counted.
  double unigram_perplexity() const;
  double bigram_perplexity() const;

 private:
  const int64_t vocabulary_;
  std::unordered_map<int64_t, int64_t> pairs_;  // by input * V + target
  int64_t total_ = 0;
};

// Both call `between` again and again while they work, which may take long.

// The pairs of the training split: of the text where the dataset shows it as one sequence, else of the batches of
// epoch 1.
PairCounts training_pairs(const Dataset& data, const std::function<void()>& between);

// Targets of one epoch of a split.
int64_t tokens_per_epoch(const Dataset& data, Split split, const std::function<void()>& between);

}  // namespace runner::worker
