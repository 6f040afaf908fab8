// Where one token ends and the next begins.
#pragma once

#include <cstdint>
#include <string>

#include "data/common/unicode.h"

namespace runner::text {

enum class TokenKind {
  character,  // a Unicode code point
  word,       // a maximal run of characters between white space
  byte        // a byte of UTF-8
};

TokenKind token_kind(const std::string& option);

// "characters", "words", "bytes"
const char* plural_of(TokenKind kind);

// The words that stand for a line end and for whatever the vocabulary lacks. A text that writes them out, as prepared
// corpora do, means the same.
inline const std::string kLineEndWord = "<eos>";
inline const std::string kUnknownWord = "<unk>";

struct Token {
  char32_t code = 0;                  // of a character or byte
  const std::string* word = nullptr;  // of a word
  size_t offset = 0;                  // its first byte in its document
};

// Cuts characters into tokens. With `keep_lines` a line end among words is the token kLineEndWord, otherwise it is
// white space; among characters and bytes it is what it is.
class Tokenizer {
 public:
  Tokenizer(TokenKind kind, bool keep_lines) : kind_(kind), keep_lines_(keep_lines) {}

  // Calls use(const Token&) for every token that ends with this character.
  template <typename Use>
  void take(char32_t character, size_t offset, Use use) {
    if (kind_ == TokenKind::character) return use(Token{character, nullptr, offset});
    if (kind_ == TokenKind::byte) return take_bytes(character, offset, use);
    if (is_space(character)) {
      finish(use);
      if (keep_lines_ && character == '\n') use(Token{0, &kLineEndWord, offset});
      return;
    }
    if (word_.empty()) start_ = offset;
    append_utf8(character, word_);
  }

  // The text has ended: what was begun is a word.
  template <typename Use>
  void finish(Use use) {
    if (!word_.empty()) use(Token{0, &word_, start_});
    word_.clear();
  }

  // The text was cut here: what was begun is none.
  void drop() { word_.clear(); }

 private:
  template <typename Use>
  void take_bytes(char32_t character, size_t offset, Use use) {
    if (character < 0x80) return use(Token{character, nullptr, offset});
    bytes_.clear();
    append_utf8(character, bytes_);
    for (const char byte : bytes_) use(Token{static_cast<unsigned char>(byte), nullptr, offset});
  }

  const TokenKind kind_;
  const bool keep_lines_;
  std::string word_, bytes_;
  size_t start_ = 0;
};

}  // namespace runner::text
