#include "data/common/lexicon.h"

#include <algorithm>
#include <stdexcept>

namespace runner::text {
namespace {

constexpr size_t kCodePoints = 0x110000;
constexpr size_t kBytes = 256;

bool begins_character(int byte) { return (byte & 0xc0) != 0x80; }

}  // namespace

TokenKind token_kind(const std::string& option) {
  return option == "word" ? TokenKind::word : option == "byte" ? TokenKind::byte : TokenKind::character;
}

const char* plural_of(TokenKind kind) {
  return kind == TokenKind::word ? "words" : kind == TokenKind::byte ? "bytes" : "characters";
}

size_t Lexicon::size() const {
  return kind_ == TokenKind::word ? words_.size() : kind_ == TokenKind::byte ? kBytes : kCodePoints;
}

std::string Lexicon::text_of(int32_t id) const {
  if (kind_ == TokenKind::word) return *words_[static_cast<size_t>(id)].text;
  if (kind_ == TokenKind::byte) return std::string(1, static_cast<char>(id));
  std::string text;
  append_utf8(static_cast<char32_t>(id), text);
  return text;
}

bool Lexicon::less(int32_t a, int32_t b) const {
  if (kind_ != TokenKind::word) return a < b;
  return *words_[static_cast<size_t>(a)].text < *words_[static_cast<size_t>(b)].text;
}

int64_t Lexicon::characters(const int32_t* begin, const int32_t* end) const {
  if (kind_ == TokenKind::word) return characters_of_words(begin, end);
  return kind_ == TokenKind::byte ? std::count_if(begin, end, begins_character) : end - begin;
}

int64_t Lexicon::characters_of_words(const int32_t* begin, const int32_t* end) const {
  int64_t sum = 0;
  bool after_word = false;
  for (const int32_t* id = begin; id != end; ++id) {
    const Word& word = words_[static_cast<size_t>(*id)];
    sum += word.characters + (after_word && !word.is_line_end ? 1 : 0);
    after_word = !word.is_line_end;
  }
  return sum;
}

int32_t Lexicon::id_of_word(const std::string& word) {
  const auto [found, is_new] = ids_.try_emplace(word, static_cast<int32_t>(words_.size()));
  if (is_new) {
    if (words_.size() == INT32_MAX) throw std::runtime_error("the text has more than 2,147,483,647 distinct words");
    const bool is_line_end = keep_lines_ && word == kLineEndWord;
    const auto characters = is_line_end ? 1 : std::count_if(word.begin(), word.end(), begins_character);
    words_.push_back({&found->first, static_cast<int32_t>(characters), is_line_end});
  }
  return found->second;
}

}  // namespace runner::text
