// Tells trials that have learnt how frequent tokens are, and nothing more.
#pragma once

#include <cstdint>
#include <optional>

namespace runner::schedule {

class UnigramWatch {
 public:
  // An unknown unigram perplexity: no trial is ever at it.
  explicit UnigramWatch(std::optional<double> unigram_perplexity) : unigram_(unigram_perplexity) {}

  // Whether the perplexities of the last 20 epochs, this one included, all lie within 3% of the unigram perplexity.
  bool on_epoch(std::optional<double> perplexity);

 private:
  const std::optional<double> unigram_;
  int64_t epochs_there_ = 0;  // in a row
};

}  // namespace runner::schedule
