// Text for people: UTF-8, display width, nearest names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runner {

// The offset of the first byte (from 0) that is not valid UTF-8, if any.
std::optional<size_t> invalid_utf8_offset(std::string_view text);

// The text with every invalid byte sequence replaced by U+FFFD.
std::string replace_invalid_utf8(std::string_view text);

// Columns that the text takes on a terminal: two for wide East Asian characters, none for combining ones. Control
// characters count as nothing.
int64_t display_width(std::string_view utf8);

// The longest beginning of the text that fits into `columns`, with "…" as its end when something was cut.
std::string truncate_to_width(std::string_view utf8, int64_t columns);

// The candidate closest to `name` by Damerau-Levenshtein distance, when it is close enough to be a likely slip.
std::optional<std::string> nearest_name(std::string_view name, const std::vector<std::string>& candidates);

// "a, b, c"
std::string join(const std::vector<std::string>& parts, std::string_view separator);

// The first ten, and how many there are besides: "a, b, c and 12 more".
std::string some_of(std::vector<std::string> parts, std::string_view separator);

// "1 trial", "2 trials"
std::string plural(int64_t count, std::string_view noun);

// A word for a POSIX shell that stands for the text, whatever that holds.
std::string quoted_for_shell(std::string_view text);

}  // namespace runner
