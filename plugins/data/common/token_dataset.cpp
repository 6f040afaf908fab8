#include "data/common/token_dataset.h"

#include <ATen/ATen.h>

#include <sstream>

#include "data/common/content_hash.h"
#include "data/common/corpus_cache.h"

namespace runner::text {
namespace {

constexpr const char* kCure = "; lower batch_size or num_steps";

int64_t tokens_needed(BatchShape shape, bool random) {
  return random ? random_tokens_needed(shape) : consecutive_tokens_needed(shape);
}

// "one batch of batch_size 32 and num_steps 35 needs 32 * (35 + 1) = 1152"
std::string need_of(BatchShape shape, bool random) {
  std::ostringstream out;
  out << "one batch of batch_size " << shape.rows << " and num_steps " << shape.steps << " needs " << shape.rows;
  out << (random ? " * " : " * (") << shape.steps << (random ? " + 1 = " : " + 1) = ") << tokens_needed(shape, random);
  return out.str();
}

}  // namespace

TokenDataset::TokenDataset(const TextOptions& options, const CorpusSources& sources, const DatasetContext& context)
    : random_(options.sampling == "random"),
      shape_{options.num_steps, options.batch_size},
      corpus_(open_corpus(options, sources, context.cache)) {
  check_cut(options, sources.train);
  if (sources.valid) check_own(Split::valid, *sources.valid);
  if (sources.test) check_own(Split::test, *sources.test);
}

// "11 characters"
std::string TokenDataset::count_of(int64_t tokens) const {
  return std::to_string(tokens) + " " + plural_of(corpus_.vocabulary.kind());
}

// The text as a whole, then every part that a fraction cuts from it.
void TokenDataset::check_cut(const TextOptions& options, const TextSource& source) const {
  const int64_t valid = options.valid_fraction > 0 ? part(Split::valid).tokens.numel() : 0;
  const int64_t test = options.test_fraction > 0 ? part(Split::test).tokens.numel() : 0;
  const int64_t total = part(Split::train).tokens.numel() + valid + test;
  if (total < tokens_needed(shape_, random_)) {
    const std::string what = (corpus_.is_cut ? "the part of " + source.name + " that max_chars leaves" : source.name);
    throw OptionError(corpus_.is_cut ? "max_chars" : source.option,
                      what + " has " + count_of(total) + ", " + need_of(shape_, random_) + kCure);
  }
  const auto check = [&](Split split, const char* name, const std::string& fraction) {
    if (batch_count(split) > 0) return;
    throw OptionError(fraction, std::string("the ") + name + " part of " + source.name + " has " +
                                    std::to_string(part(split).tokens.numel()) + " of " + count_of(total) + ", " +
                                    need_of(shape_, random_ && split == Split::train) + kCure + ", or change " +
                                    fraction);
  };
  check(Split::train, "training", options.valid_fraction > 0 ? "valid_fraction" : "test_fraction");
  if (options.valid_fraction > 0) check(Split::valid, "validation", "valid_fraction");
  if (options.test_fraction > 0) check(Split::test, "test", "test_fraction");
}

void TokenDataset::check_own(Split split, const TextSource& source) const {
  if (batch_count(split) > 0) return;
  throw OptionError(source.option, source.name + " has " + count_of(part(split).tokens.numel()) + ", " +
                                       need_of(shape_, false) + kCure);
}

const Part& TokenDataset::part(Split split) const {
  return split == Split::train ? corpus_.train : split == Split::valid ? corpus_.valid : corpus_.test;
}

int64_t TokenDataset::batch_count(Split split) const {
  const int64_t tokens = part(split).tokens.numel();
  return random_ && split == Split::train ? random_batch_count(tokens, shape_)
                                          : consecutive_batch_count(tokens, shape_);
}

bool TokenDataset::has_split(Split split) const { return batch_count(split) > 0; }

std::unique_ptr<BatchStream> TokenDataset::batches(Split split, int64_t epoch, uint64_t seed) const {
  const at::Tensor& tokens = part(split).tokens;
  return random_ && split == Split::train ? random_batches(tokens, shape_, epoch, seed)
                                          : consecutive_batches(tokens, shape_);
}

std::string TokenDataset::content_hash() const {
  return corpus_.content_hash.empty() ? text::content_hash(corpus_) : corpus_.content_hash;
}

}  // namespace runner::text
