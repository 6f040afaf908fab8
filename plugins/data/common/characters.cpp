#include "data/common/characters.h"

#include <ATen/ATen.h>
#include <runner/dataset.h>
#include <utf8.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace runner::text {
namespace {

constexpr size_t kCodePoints = 0x110000;

// Calls `use` for each character until it returns false; returns whether any character was left.
template <typename Use>
bool for_each_character(std::string_view utf8, Use use) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (utf8.substr(0, kByteOrderMark.size()) == kByteOrderMark) utf8.remove_prefix(kByteOrderMark.size());
  for (const char *at = utf8.data(), *end = at + utf8.size(); at != end;) {
    const char* const here = at;
    char32_t character = utf8::unchecked::next(at);
    if (character == '\r' && at != end && *at == '\n') ++at;
    if (character == '\r' || character == '\n') character = ' ';
    if (!use(character)) return here != end;
  }
  return false;
}

std::string quoted(char32_t character) {
  if (character < 0x20 || (character >= 0x7f && character < 0xa0)) {
    char code[16];
    std::snprintf(code, sizeof(code), "U+%04X", static_cast<unsigned>(character));
    return code;
  }
  std::string text = "\"";
  utf8::append(character, std::back_inserter(text));
  return text + "\"";
}

}  // namespace

std::optional<size_t> invalid_utf8(std::string_view text) {
  const auto bad = utf8::find_invalid(text.begin(), text.end());
  if (bad == text.end()) return std::nullopt;
  return static_cast<size_t>(bad - text.begin());
}

std::vector<int64_t> Vocabulary::encode(std::string_view utf8) const {
  if (const auto bad = invalid_utf8(utf8)) {
    throw EncodeError("the text is not valid UTF-8: see its byte " + std::to_string(*bad) + ", counted from 0");
  }
  std::vector<int64_t> tokens;
  for (auto at = utf8.begin(); at != utf8.end();) {
    const char32_t character = utf8::unchecked::next(at);
    const auto found = std::lower_bound(characters_.begin(), characters_.end(), character);
    if (found == characters_.end() || *found != character) {
      throw EncodeError("the character " + quoted(character) + " does not occur in the vocabulary of " +
                        std::to_string(size()) + " characters");
    }
    tokens.push_back(found - characters_.begin());
  }
  return tokens;
}

std::string Vocabulary::decode(const std::vector<int64_t>& tokens) const {
  std::string text;
  for (const int64_t token : tokens) {
    if (token < 0 || token >= size()) {
      throw EncodeError("the token " + std::to_string(token) + " is outside of the vocabulary of " +
                        std::to_string(size()) + " characters");
    }
    utf8::append(characters_[static_cast<size_t>(token)], std::back_inserter(text));
  }
  return text;
}

Characters take_characters(std::string_view utf8, int64_t max_chars) {
  std::vector<bool> seen(kCodePoints);
  int64_t count = 0;
  const bool cut = for_each_character(utf8, [&](char32_t character) {
    if (max_chars > 0 && count == max_chars) return false;
    seen[character] = true;
    ++count;
    return true;
  });
  std::vector<char32_t> sorted;
  std::vector<int32_t> ids(kCodePoints);
  for (size_t i = 0; i < kCodePoints; ++i) {
    if (!seen[i]) continue;
    ids[i] = static_cast<int32_t>(sorted.size());
    sorted.push_back(static_cast<char32_t>(i));
  }
  at::Tensor tokens = at::empty({count}, at::kInt);
  int32_t* const begin = tokens.data_ptr<int32_t>();
  int32_t* const end = begin + count;
  int32_t* out = begin;
  for_each_character(utf8, [&](char32_t character) {
    if (out == end) return false;
    *out++ = ids[character];
    return true;
  });
  return {Vocabulary(std::move(sorted)), std::move(tokens), cut};
}

}  // namespace runner::text
