// What is asked of characters: UTF-8, lower case, white space.
#pragma once

#include <clocale>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace runner::text {

// The offset of the first byte (from 0) that is not part of valid UTF-8.
std::optional<size_t> invalid_utf8(std::string_view text);

// Bytes of the sequence that begins with `lead`, 1 for a byte that begins none.
size_t sequence_length(char lead);

void append_utf8(char32_t character, std::string& text);

// Of valid UTF-8 that is not empty.
char32_t first_character(std::string_view text);

// Valid UTF-8 without control characters, for messages: names in archives are anybody's bytes.
std::string printable(std::string_view text);

// "界" in quotes; U+000A for what cannot be printed.
std::string quoted(char32_t character);

// The simple lower case (one character for one, whatever stands around it) that the C library's locale C.UTF-8 knows.
char32_t lower_case(char32_t character);

// Unicode's White_Space.
bool is_space(char32_t character);

// Makes the calling thread read file names as UTF-8 while it lives, whatever the process's locale.
class Utf8Names {
 public:
  Utf8Names();
  ~Utf8Names();
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  const locale_t before_;
};

}  // namespace runner::text
