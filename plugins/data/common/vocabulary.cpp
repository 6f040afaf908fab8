#include "data/common/vocabulary.h"

#include <runner/dataset.h>
#include <utf8.h>

#include <algorithm>
#include <iterator>

namespace runner::text {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
const std::string kReplacementText = "\xEF\xBF\xBD";

// "character \"界\"", "word \"spring\"", "byte 0x0A"
std::string named(TokenKind kind, const Token& token) {
  if (kind == TokenKind::word) return "word \"" + printable(*token.word) + "\"";
  return "character " + quoted(token.code);
}

std::vector<int32_t> occurring(const Lexicon& lexicon, const std::vector<int64_t>& counts, bool has_unknown) {
  std::vector<int32_t> ids;
  for (size_t i = 0; i < counts.size(); ++i) {
    const auto id = static_cast<int32_t>(i);
    if (counts[i] == 0 && lexicon.kind() != TokenKind::byte) continue;
    if (!has_unknown || !is_unknown_text(lexicon, id)) ids.push_back(id);
  }
  return ids;
}

void keep_most_frequent(std::vector<int32_t>& ids, size_t kept, const Lexicon& lexicon,
                        const std::vector<int64_t>& counts) {
  if (ids.size() <= kept) return;
  const auto count_of = [&](int32_t id) { return counts[static_cast<size_t>(id)]; };
  const auto comes_first = [&](int32_t a, int32_t b) {
    return count_of(a) != count_of(b) ? count_of(a) > count_of(b) : lexicon.less(a, b);
  };
  std::nth_element(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(kept), ids.end(), comes_first);
  ids.resize(kept);
}

}  // namespace

Vocabulary::Vocabulary(TokenKind kind, bool keep_lines, bool lowercase, std::vector<std::string> sorted,
                       bool has_unknown)
    : kind_(kind), keep_lines_(keep_lines), lowercase_(lowercase), sorted_(std::move(sorted)) {
  if (has_unknown) unknown_ = static_cast<int64_t>(sorted_.size());
}

std::vector<int64_t> Vocabulary::encode(std::string_view utf8) const {
  if (const auto bad = invalid_utf8(utf8)) {
    throw EncodeError("the text is not valid UTF-8: see its byte " + std::to_string(*bad) + ", counted from 0");
  }
  std::vector<int64_t> tokens;
  Tokenizer tokenizer(kind_, keep_lines_);
  const auto use = [&](const Token& token) { tokens.push_back(find(token)); };
  for (auto at = utf8.begin(); at != utf8.end();) {
    const char32_t character = utf8::unchecked::next(at);
    tokenizer.take(lowercase_ ? lower_case(character) : character, 0, use);
  }
  tokenizer.finish(use);
  return tokens;
}

int64_t Vocabulary::find(const Token& token) const {
  if (kind_ == TokenKind::byte) return static_cast<int64_t>(token.code);
  std::string character;
  if (kind_ == TokenKind::character) append_utf8(token.code, character);
  const std::string& text = kind_ == TokenKind::word ? *token.word : character;
  const auto found = std::lower_bound(sorted_.begin(), sorted_.end(), text);
  if (found != sorted_.end() && *found == text) return found - sorted_.begin();
  if (unknown_) return *unknown_;
  throw EncodeError("the " + named(kind_, token) + " does not occur in the vocabulary of " + std::to_string(size()) +
                    " " + plural_of(kind_));
}

std::string Vocabulary::decode(const std::vector<int64_t>& tokens) const {
  if (kind_ == TokenKind::word) return joined_words(tokens);
  std::string text;
  for (const int64_t token : tokens) text += text_of(token);
  if (kind_ == TokenKind::character) return text;
  std::string valid;  // a model may write any bytes
  utf8::replace_invalid(text.begin(), text.end(), std::back_inserter(valid), kReplacement);
  return valid;
}

std::string Vocabulary::joined_words(const std::vector<int64_t>& tokens) const {
  std::string text;
  bool after_word = false;
  for (const int64_t token : tokens) {
    const std::string& word = text_of(token);
    const bool is_line_end = keep_lines_ && word == kLineEndWord;
    if (after_word && !is_line_end) text += ' ';
    text += is_line_end ? "\n" : word;
    after_word = !is_line_end;
  }
  return text;
}

const std::string& Vocabulary::text_of(int64_t token) const {
  if (token < 0 || token >= size()) {
    throw EncodeError("the token " + std::to_string(token) + " is outside of the vocabulary of " +
                      std::to_string(size()) + " " + plural_of(kind_));
  }
  if (token == unknown_) return kind_ == TokenKind::word ? kUnknownWord : kReplacementText;
  return sorted_[static_cast<size_t>(token)];
}

ChosenVocabulary choose_vocabulary(const Lexicon& lexicon, const std::vector<int64_t>& counts,
                                   const TextOptions& options, bool has_unknown) {
  std::vector<int32_t> ids = occurring(lexicon, counts, has_unknown);
  if (options.vocabulary_limit > 0)
    keep_most_frequent(ids, static_cast<size_t>(options.vocabulary_limit - 1), lexicon, counts);
  std::sort(ids.begin(), ids.end(), [&](int32_t a, int32_t b) { return lexicon.less(a, b); });
  std::vector<std::string> sorted;
  sorted.reserve(ids.size());
  std::vector<int32_t> token_of(counts.size(), has_unknown ? static_cast<int32_t>(ids.size()) : -1);
  for (const int32_t id : ids) {
    token_of[static_cast<size_t>(id)] = static_cast<int32_t>(sorted.size());
    sorted.push_back(lexicon.text_of(id));
  }
  return {Vocabulary(lexicon.kind(), lexicon.keeps_lines(), options.lowercase, std::move(sorted), has_unknown),
          std::move(token_of)};
}

bool is_unknown_text(const Lexicon& lexicon, int32_t id) {
  if (lexicon.kind() == TokenKind::word) return lexicon.text_of(id) == kUnknownWord;
  return lexicon.kind() == TokenKind::character && id == static_cast<int32_t>(kReplacement);
}

}  // namespace runner::text
