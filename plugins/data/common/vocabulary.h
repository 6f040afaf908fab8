#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/common/lexicon.h"
#include "data/common/text_options.h"

namespace runner::text {

// Text to tokens and back. The tokens' texts are in ascending order (of code points), a token is an index into them;
// the unknown token, where there is one, comes after the last.
class Vocabulary {
 public:
  // `sorted` are UTF-8 characters, words or bytes, `unknown` not among them.
  Vocabulary(TokenKind kind, bool keep_lines, bool lowercase, std::vector<std::string> sorted, bool has_unknown);

  int64_t size() const { return static_cast<int64_t>(sorted_.size()) + (unknown_ ? 1 : 0); }
  TokenKind kind() const { return kind_; }
  const std::vector<std::string>& texts() const { return sorted_; }  // without the unknown token
  std::optional<int64_t> unknown() const { return unknown_; }

  // In lower case where the text was. Throws EncodeError naming the first token that is not in the vocabulary when that
  // has no unknown token, or the first byte that is not UTF-8.
  std::vector<int64_t> encode(std::string_view utf8) const;
  // Characters and bytes side by side, words with a space between them but none beside a line end. The unknown token is
  // <unk> among words and U+FFFD among characters; bytes that are no UTF-8 are U+FFFD. Throws EncodeError for a token
  // outside 0 … size()-1.
  std::string decode(const std::vector<int64_t>& tokens) const;

 private:
  int64_t find(const Token& token) const;
  const std::string& text_of(int64_t token) const;
  std::string joined_words(const std::vector<int64_t>& tokens) const;

  TokenKind kind_;
  bool keep_lines_, lowercase_;
  std::vector<std::string> sorted_;
  std::optional<int64_t> unknown_;
};

// A vocabulary and the token of every raw id, -1 for those that it lacks.
struct ChosenVocabulary {
  Vocabulary vocabulary;
  std::vector<int32_t> token_of;
};

// From how often each raw id occurs: all that do occur, or the vocabulary_limit - 1 most frequent (of equally frequent
// ones the first in the vocabulary's order). `has_unknown`: whatever is not chosen is the unknown token, and so is the
// text of the unknown token itself. Bytes are always all 256.
ChosenVocabulary choose_vocabulary(const Lexicon& lexicon, const std::vector<int64_t>& counts,
                                   const TextOptions& options, bool has_unknown);

// Whether a text is the unknown token written out: <unk> among words, U+FFFD among characters.
bool is_unknown_text(const Lexicon& lexicon, int32_t id);

}  // namespace runner::text
