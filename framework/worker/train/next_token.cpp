#include "worker/train/next_token.h"

#include <ATen/ATen.h>

#include <limits>

namespace runner::worker {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

// Keeps the top_k largest scores and of these the fewest that have the probability top_p; the rest become -infinity.
// Of equal scores the lower token comes first, as it does for argmax.
at::Tensor truncated(const at::Tensor& scores, const SampleOptions& options) {
  auto [sorted, tokens] = scores.sort(/*stable=*/true, /*dim=*/-1, /*descending=*/true);
  const int64_t vocabulary = sorted.size(-1);
  if (options.top_k > 0 && options.top_k < vocabulary) {
    sorted.narrow(-1, options.top_k, vocabulary - options.top_k).fill_(kNever);
  }
  const at::Tensor probability = sorted.softmax(-1);
  const at::Tensor before =
      probability.cumsum(-1) - probability;  // of the tokens that are more likely: the first has 0
  if (options.top_p < 1) sorted = sorted.masked_fill(before >= options.top_p, kNever);
  return at::empty_like(scores).scatter_(-1, tokens, sorted);
}

// Adding it to scores and taking the largest draws from their softmax (Gumbel 1954). at::multinomial would wait for the
// device, to see whether the probabilities are any.
at::Tensor gumbel_noise(const at::Tensor& scores) {
  return -at::empty_like(scores).exponential_().clamp_min(std::numeric_limits<double>::min()).log();
}

}  // namespace

at::Tensor next_token(const at::Tensor& logits, const SampleOptions& options) {
  if (options.temperature == 0) return logits.argmax(-1);
  const at::Tensor wide = logits.to(at::kDouble);
  at::Tensor scores = (wide - wide.amax(-1, /*keepdim=*/true)) / options.temperature;  // no overflow when that is small
  if (options.top_k > 0 || options.top_p < 1) scores = truncated(scores, options);
  return (scores + gumbel_noise(scores)).argmax(-1);
}

}  // namespace runner::worker
