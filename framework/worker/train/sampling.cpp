#include "worker/train/sampling.h"

#include <ATen/ATen.h>

#include "common/seeds.h"
#include "worker/train/components.h"
#include "worker/train/evaluate.h"
#include "worker/train/next_token.h"

namespace runner::worker {
namespace {

std::vector<int64_t> to_vector(const at::Tensor& tokens) {
  const at::Tensor here = tokens.cpu().contiguous();
  const int64_t* begin = here.data_ptr<int64_t>();
  return {begin, begin + here.numel()};
}

// The chapter's way: from a zero state the prefix is fed one token a call, then `length` times the token chosen, the
// state carried. Returns what was generated.
std::vector<int64_t> continuation(GuardedModel& model, const std::vector<int64_t>& prefix, const SampleOptions& options,
                                  Pulse& pulse) {
  const at::Tensor given = at::tensor(prefix, at::kLong).view({-1, 1, 1}).to(model.context().device);
  State state = model.initial_state(1);
  at::Tensor logits;
  for (int64_t i = 0; i < given.size(0); ++i) {
    logits = model.forward(given[i], state);
    pulse.keep_alive();
  }
  std::vector<at::Tensor> generated;  // [1, 1] each, on the device: they are read once, at the end
  while (static_cast<int64_t>(generated.size()) < options.length) {
    pulse.step(static_cast<int64_t>(generated.size()) + 1);
    if (!generated.empty()) logits = model.forward(generated.back(), state);
    generated.push_back(next_token(logits, options));
    pulse.keep_alive();
  }
  return to_vector(at::cat(generated));
}

uint64_t draw_seed(int64_t seed, int64_t epoch, size_t index) {
  return stream_seed(seed, std::string(kSampleStream) + "/" + std::to_string(epoch) + "/" + std::to_string(index));
}

bool ends_with_space(const std::string& text) { return !text.empty() && text.back() == ' '; }

}  // namespace

Sampler::Sampler(const Dataset& data, const SampleOptions& options, int64_t seed)
    : data_(data), options_(options), seed_(seed) {
  for (const std::string& prefix : options.prefixes) prefixes_.push_back(encode_prefix(data, prefix));
}

std::string Sampler::text(GuardedModel& model, int64_t epoch, size_t index, Pulse& pulse) const {
  pulse.enter("sampling", epoch);
  return shown(index, in_evaluation(model, draw_seed(seed_, epoch, index),
                                    [&] { return continuation(model, prefixes_[index], options_, pulse); }));
}

// Decoded together, for words are joined by spaces; but the prefix as it was written, where the vocabulary folds
// letters or lacks a word.
std::string Sampler::shown(size_t index, const std::vector<int64_t>& generated) const {
  std::vector<int64_t> tokens = prefixes_[index];
  const std::string& written = options_.prefixes[index];
  const std::string read = data_.decode(tokens);
  tokens.insert(tokens.end(), generated.begin(), generated.end());
  const std::string text = data_.decode(tokens);
  if (text.compare(0, read.size(), read) != 0) return text;
  std::string rest = text.substr(read.size());
  const bool has_separator = ends_with_space(written) && !ends_with_space(read);
  if (has_separator && !rest.empty() && rest.front() == ' ') rest.erase(0, 1);
  return written + rest;
}

}  // namespace runner::worker
