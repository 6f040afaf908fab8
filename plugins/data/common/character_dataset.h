// A text, character by character, as a dataset.
#pragma once

#include <runner/dataset.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/common/batches.h"
#include "data/common/characters.h"
#include "data/common/text_options.h"

namespace runner::text {

// Where a text came from, for messages.
struct TextSource {
  std::string file;
  std::string option;  // the option that named it
};

// The vocabulary is that of the text used, validation part included, so that every token of it has an index. The
// validation split is cut into consecutive batches whatever `sampling` says, the same in every epoch.
class CharacterDataset : public Dataset {
 public:
  // `utf8` is valid UTF-8. Throws OptionError for a text that is too short for one batch of each split.
  CharacterDataset(std::string_view utf8, const TextOptions& options, const TextSource& source);

  int64_t vocabulary_size() const override { return characters_.vocabulary.size(); }
  bool has_split(Split split) const override;
  std::unique_ptr<BatchStream> batches(Split split, int64_t epoch, uint64_t seed) const override;
  at::Tensor sequence(Split split) const override { return split == Split::train ? train_ : valid_; }
  std::string content_hash() const override;
  bool has_text() const override { return true; }
  std::vector<int64_t> encode(std::string_view text) const override { return characters_.vocabulary.encode(text); }
  std::string decode(const std::vector<int64_t>& tokens) const override {
    return characters_.vocabulary.decode(tokens);
  }

 private:
  void check_sizes(const TextOptions& options, const TextSource& source) const;

  const bool random_;
  const BatchShape shape_;
  const Characters characters_;
  at::Tensor train_, valid_;  // parts of the tokens
};

}  // namespace runner::text
