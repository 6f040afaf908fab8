// Numbers, times and text as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "control/store/reader.h"

namespace runner::report {

// Shown for what is not known.
inline constexpr std::string_view kNothing = "–";

// Significant digits, trailing zeros kept: "1.0120", "276.81", "12346", "1.2000e-07".
std::string significant_text(double value, int digits = 5);

// The same without trailing zeros: "0.01", "100".
std::string number_text(double value);

// "45 s", "12 min 3 s", "3 h 5 min", "2 d 4 h"; tenths below ten seconds: "1.8 s".
std::string duration_text(double seconds);

// "2026-11-23T06:42:29.123Z" -> "2026-11-23 06:42:29".
std::string time_text(std::string_view iso);

// One line that no terminal can misunderstand: newlines and tabs become spaces, other control characters "\x1b",
// invalid bytes U+FFFD.
std::string single_line(std::string_view text);

// The first line of a text.
std::string first_line(std::string_view text);

// The text with line breaks at spaces so that no line is wider than `width` columns, where words allow it; 0: as it is.
// What stands between two backticks is one word: a command that was broken could not be copied.
std::string wrapped(std::string_view text, int64_t width);

// A cell for people: kNothing for NULL, number_text for reals, single_line for texts.
std::string cell_text(const store::Cell& cell);

// A name as SQL writes it, whatever it holds: "model.num_layers" with its quotes.
std::string quoted_identifier(std::string_view name);

// Cells that are known to hold one type; other types give the default.
int64_t integer_of(const store::Cell& cell);
std::string text_of(const store::Cell& cell);
bool is_null(const store::Cell& cell);

// A number of either kind; 0 for anything else.
double real_of(const store::Cell& cell);

}  // namespace runner::report
