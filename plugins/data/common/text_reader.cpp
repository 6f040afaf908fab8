#include "data/common/text_reader.h"

#include <runner/params.h>
#include <utf8.h>

#include <algorithm>
#include <utility>

#include "data/common/text_file.h"

namespace runner::text {
namespace {

constexpr char32_t kByteOrderMark = 0xFEFF;

}  // namespace

TextReader::TextReader(const TextOptions& options, std::string option, Lexicon& lexicon, Check check)
    : option_(std::move(option)),
      max_chars_(options.max_chars),
      lowercase_(options.lowercase),
      line_end_(options.newline == "keep" ? '\n' : ' '),
      lexicon_(lexicon),
      check_(std::move(check)),
      tokenizer_(lexicon.kind(), lexicon.keeps_lines()) {}

void TextReader::begin(const std::string& name) {
  document_ = name;
  offset_ = 0;
  after_cr_ = false;
  joins_ = !ended_line_;
}

bool TextReader::add(std::string_view bytes) { return complete_carried(bytes) && take(bytes); }

void TextReader::end() {
  if (!carried_.empty()) refuse_utf8(document_, option_, offset_);
}

TokenBuffer TextReader::finish() {
  tokenizer_.finish([this](const Token& token) { keep(token); });
  return std::move(tokens_);
}

// Takes from `bytes` what belongs to the character that the piece before began.
bool TextReader::complete_carried(std::string_view& bytes) {
  if (carried_.empty()) return true;
  const size_t missing = std::min(sequence_length(carried_[0]) - carried_.size(), bytes.size());
  carried_.append(bytes.substr(0, missing));
  bytes.remove_prefix(missing);
  return take(std::exchange(carried_, {}));
}

bool TextReader::take(std::string_view bytes) {
  const size_t valid = invalid_utf8(bytes).value_or(bytes.size());
  const char* const begin = bytes.data();
  for (const char *at = begin, *end = begin + valid; at != end;) {
    const size_t offset = offset_ + static_cast<size_t>(at - begin);
    if (!take_character(utf8::unchecked::next(at), offset)) return false;
  }
  offset_ += valid;
  bytes.remove_prefix(valid);
  if (bytes.empty()) return true;
  if (bytes.size() >= sequence_length(bytes[0])) refuse_utf8(document_, option_, offset_);
  carried_ = bytes;
  return true;
}

bool TextReader::take_character(char32_t character, size_t offset) {
  if (character == kByteOrderMark && offset == 0) return true;
  if (std::exchange(after_cr_, character == '\r') && character == '\n') return true;
  if (std::exchange(joins_, false) && !put_line_end(offset)) return false;
  if (character == '\n' || character == '\r') return put_line_end(offset);
  ended_line_ = false;
  return put(lowercase_ ? lower_case(character) : character, offset);
}

bool TextReader::put_line_end(size_t offset) {
  ended_line_ = true;
  return put(line_end_, offset);
}

bool TextReader::put(char32_t character, size_t offset) {
  if (max_chars_ > 0 && characters_ == max_chars_) {
    cut_ = true;
    if (!is_space(character)) tokenizer_.drop();
    return false;
  }
  ++characters_;
  tokenizer_.take(character, offset, [this](const Token& token) { keep(token); });
  return true;
}

void TextReader::keep(const Token& token) {
  const int32_t id = lexicon_.id_of(token);
  if (check_) check_(id, token, document_);
  tokens_.push(id);
}

}  // namespace runner::text
