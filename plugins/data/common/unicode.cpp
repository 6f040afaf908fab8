#include "data/common/unicode.h"

#include <utf8.h>
#include <wctype.h>

#include <cstdio>
#include <iterator>
#include <stdexcept>

namespace runner::text {
namespace {

// Never freed: it is as old as the process.
locale_t utf8_locale() {
  static const locale_t made = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (made == nullptr)
    throw std::runtime_error("the system has no locale C.UTF-8, which text needs (Debian: package libc-bin)");
  return made;
}

bool is_control(char32_t character) { return character < 0x20 || (character >= 0x7f && character < 0xa0); }

}  // namespace

std::optional<size_t> invalid_utf8(std::string_view text) {
  const auto bad = utf8::find_invalid(text.begin(), text.end());
  if (bad == text.end()) return std::nullopt;
  return static_cast<size_t>(bad - text.begin());
}

size_t sequence_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte >= 0xf0) return 4;
  if (byte >= 0xe0) return 3;
  return byte >= 0xc0 ? 2 : 1;
}

void append_utf8(char32_t character, std::string& text) { utf8::append(character, std::back_inserter(text)); }

char32_t first_character(std::string_view text) {
  const char* at = text.data();
  return utf8::unchecked::next(at);
}

std::string printable(std::string_view text) {
  std::string valid, shown;
  utf8::replace_invalid(text.begin(), text.end(), std::back_inserter(valid));
  for (auto at = valid.cbegin(); at != valid.cend();) {
    const char32_t character = utf8::unchecked::next(at);
    append_utf8(is_control(character) ? U'\uFFFD' : character, shown);
  }
  return shown;
}

std::string quoted(char32_t character) {
  if (is_control(character)) {
    char code[16];
    std::snprintf(code, sizeof(code), "U+%04X", static_cast<unsigned>(character));
    return code;
  }
  std::string text = "\"";
  append_utf8(character, text);
  return text + "\"";
}

char32_t lower_case(char32_t character) {
  if (character < 0x80) return character >= 'A' && character <= 'Z' ? character + ('a' - 'A') : character;
  return static_cast<char32_t>(towlower_l(static_cast<wint_t>(character), utf8_locale()));
}

bool is_space(char32_t character) {
  if (character <= 0x20) return character == ' ' || (character >= '\t' && character <= '\r');
  if (character < 0x85) return false;
  return character == 0x85 || character == 0xa0 || character == 0x1680 ||
         (character >= 0x2000 && character <= 0x200a) || character == 0x2028 || character == 0x2029 ||
         character == 0x202f || character == 0x205f || character == 0x3000;
}

Utf8Names::Utf8Names() : before_(uselocale(utf8_locale())) {}

Utf8Names::~Utf8Names() { uselocale(before_); }

}  // namespace runner::text
