#include "data/common/character_dataset.h"

#include <ATen/ATen.h>

#include <sstream>

#include "data/common/fingerprint.h"

namespace runner::text {
namespace {

// "one batch of batch_size 32 x num_steps 35 needs 32 * (35 + 1) = 1152"
std::string need_of(BatchShape shape, bool random) {
  std::ostringstream out;
  out << "one batch of batch_size " << shape.rows << " and num_steps " << shape.steps << " needs " << shape.rows;
  if (random) {
    out << " * " << shape.steps << " + 1 = " << random_tokens_needed(shape);
  } else {
    out << " * (" << shape.steps << " + 1) = " << consecutive_tokens_needed(shape);
  }
  return out.str();
}

}  // namespace

CharacterDataset::CharacterDataset(std::string_view utf8, const TextOptions& options, const TextSource& source)
    : random_(options.sampling == "random"),
      shape_{options.num_steps, options.batch_size},
      characters_(take_characters(utf8, options.max_chars)) {
  const int64_t total = characters_.tokens.numel();
  const auto valid = static_cast<int64_t>(static_cast<double>(total) * options.valid_fraction);
  train_ = characters_.tokens.narrow(0, 0, total - valid);
  valid_ = characters_.tokens.narrow(0, total - valid, valid);
  check_sizes(options, source);
}

void CharacterDataset::check_sizes(const TextOptions& options, const TextSource& source) const {
  const int64_t total = characters_.tokens.numel();
  const int64_t needed = random_ ? random_tokens_needed(shape_) : consecutive_tokens_needed(shape_);
  const std::string cure = "; lower batch_size or num_steps";
  if (total < needed) {
    const std::string what = characters_.cut ? "the part of " + source.file + " that max_chars leaves" : source.file;
    throw OptionError(characters_.cut ? "max_chars" : source.option,
                      what + " has " + std::to_string(total) + " characters, " + need_of(shape_, random_) + cure);
  }
  const auto refuse = [&](const char* part, int64_t size, bool random) {
    throw OptionError("valid_fraction", std::string("the ") + part + " part of " + source.file + " has " +
                                            std::to_string(size) + " of " + std::to_string(total) + " characters, " +
                                            need_of(shape_, random) + cure + ", or change valid_fraction");
  };
  if (train_.numel() < needed) refuse("training", train_.numel(), random_);
  if (options.valid_fraction > 0 && !has_split(Split::valid)) refuse("validation", valid_.numel(), false);
}

bool CharacterDataset::has_split(Split split) const {
  return split == Split::train || consecutive_batch_count(valid_.numel(), shape_) > 0;
}

std::unique_ptr<BatchStream> CharacterDataset::batches(Split split, int64_t epoch, uint64_t seed) const {
  if (split == Split::valid) return consecutive_batches(valid_, shape_);
  return random_ ? random_batches(train_, shape_, epoch, seed) : consecutive_batches(train_, shape_);
}

std::string CharacterDataset::content_hash() const {
  Fingerprint fingerprint;
  const int64_t sizes[] = {vocabulary_size(), train_.numel(), valid_.numel()};
  fingerprint.add(sizes, sizeof(sizes));
  const auto& characters = characters_.vocabulary.characters();
  fingerprint.add(characters.data(), characters.size() * sizeof(characters[0]));
  fingerprint.add(characters_.tokens.data_ptr(), characters_.tokens.nbytes());
  return fingerprint.finish();
}

}  // namespace runner::text
