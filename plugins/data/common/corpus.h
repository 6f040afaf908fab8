#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>

#include "data/common/documents.h"
#include "data/common/text_options.h"
#include "data/common/vocabulary.h"

namespace runner::text {

// One text for all, or further ones for validation and testing; then the fractions of that split must be 0.
struct CorpusSources {
  TextSource train;
  std::optional<TextSource> valid, test;
};

struct Part {
  at::Tensor tokens;  // [tokens] int32
  double characters_per_token = 0;
};

// Texts as tokens of one vocabulary: that of the training text. Parts cut from the same text by a fraction share its
// vocabulary when that has no unknown token, so that every token of them has an index; with an unknown token the
// vocabulary is that of the training part alone.
struct Corpus {
  Vocabulary vocabulary;
  Part train, valid, test;        // a split that there is not has no tokens
  bool is_cut = false;            // max_chars left something of the training text out
  std::string content_hash = {};  // see content_hash.h; empty: not computed
};

// Memory: four bytes a token, and in proportion to the distinct tokens. Throws OptionError for what cannot be read, is
// empty, or is written in tokens that the vocabulary lacks.
Corpus load_corpus(const TextOptions& options, const CorpusSources& sources);

}  // namespace runner::text
