#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "data/common/tokenizer.h"

namespace runner::text {

// Numbers for tokens while their text is being read, before the vocabulary is known: code points, bytes, or words in
// the order of their first occurrence. "Raw ids" below.
class Lexicon {
 public:
  Lexicon(TokenKind kind, bool keep_lines) : kind_(kind), keep_lines_(keep_lines) {}

  TokenKind kind() const { return kind_; }
  bool keeps_lines() const { return keep_lines_; }
  // Every raw id is below this; it grows with the words.
  size_t size() const;
  int32_t id_of(const Token& token) {
    return kind_ == TokenKind::word ? id_of_word(*token.word) : static_cast<int32_t>(token.code);
  }
  // UTF-8; of a byte, that byte.
  std::string text_of(int32_t id) const;
  // Whether the text of `a` comes before that of `b`, byte by byte, which is the order of code points.
  bool less(int32_t a, int32_t b) const;
  // Characters of the text that these tokens stand for: words are separated by one space each, but not from line ends;
  // a line end is one character; a character is counted at its first byte.
  int64_t characters(const int32_t* begin, const int32_t* end) const;

 private:
  int32_t id_of_word(const std::string& word);
  int64_t characters_of_words(const int32_t* begin, const int32_t* end) const;

  struct Word {
    const std::string* text;  // the key in `ids_`
    int32_t characters;
    bool is_line_end;
  };

  const TokenKind kind_;
  const bool keep_lines_;
  std::unordered_map<std::string, int32_t> ids_;
  std::vector<Word> words_;
};

}  // namespace runner::text
