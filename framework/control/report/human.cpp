#include "control/report/human.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "common/text.h"

namespace runner::report {
namespace {

std::string printed(const char* format, int precision, double value) {
  std::array<char, 400> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, precision, value);
  return buffer.data();
}

// Of the first significant digit after rounding: 9.99999 counts as 10.0000.
int decimal_exponent(double value, int digits) {
  const std::string text = printed("%.*e", digits - 1, value);
  return std::stoi(text.substr(text.find('e') + 1));
}

// Two units of a duration, the smaller one only when it is not zero.
std::string two_units(int64_t large, const char* large_unit, int64_t small, const char* small_unit) {
  std::string text = std::to_string(large) + large_unit;
  if (small != 0) text += " " + std::to_string(small) + small_unit;
  return text;
}

bool is_control(unsigned char byte) { return byte < 0x20 || byte == 0x7f; }

// Where the word that begins at `begin` ends.
size_t end_of_word(std::string_view text, size_t begin) {
  bool in_command = false;
  for (size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '`') in_command = !in_command;
    if (text[i] == ' ' && !in_command) return i;
  }
  return text.size();
}

}  // namespace

std::string significant_text(double value, int digits) {
  if (std::isnan(value)) return std::string(kNothing);
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  if (value == 0) return "0";
  const int exponent = decimal_exponent(value, digits);
  if (exponent < -4 || exponent > 14) return printed("%.*e", digits - 1, value);
  return printed("%.*f", std::max(0, digits - 1 - exponent), value);
}

std::string number_text(double value) {
  std::string text = significant_text(value);
  const size_t point = text.find('.');
  if (point == std::string::npos) return text;
  const size_t end = std::min(text.find('e'), text.size());
  size_t keep = text.find_last_not_of('0', end - 1) + 1;
  if (keep == point + 1) keep = point;
  return text.erase(keep, end - keep);
}

std::string duration_text(double seconds) {
  constexpr double kLongest = 1e11;  // three thousand years: what is longer, nobody measured
  if (!(std::abs(seconds) < kLongest)) return significant_text(seconds) + " s";
  if (seconds < 9.95) return printed("%.*f", 1, seconds) + " s";
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return two_units(whole / 60, " min", whole % 60, " s");
  if (whole < 86400) return two_units(whole / 3600, " h", whole % 3600 / 60, " min");
  return two_units(whole / 86400, " d", whole % 86400 / 3600, " h");
}

std::string time_text(std::string_view iso) {
  std::string text = single_line(iso.substr(0, 19));
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

std::string single_line(std::string_view text) {
  constexpr const char* kHex = "0123456789abcdef";
  const std::string valid = replace_invalid_utf8(text);
  std::string line;
  for (size_t i = 0; i < valid.size(); ++i) {
    const auto byte = static_cast<unsigned char>(valid[i]);
    const auto next = static_cast<unsigned char>(i + 1 < valid.size() ? valid[i + 1] : 0);
    if (byte == '\n' || byte == '\t' || byte == '\r') {
      line += ' ';
    } else if (is_control(byte)) {
      line += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else if (byte == 0xc2 && next < 0xa0) {  // U+0080 to U+009F, the other control characters
      line += {'\\', 'x', kHex[next >> 4], kHex[next & 15]};
      ++i;
    } else {
      line += valid[i];
    }
  }
  return line;
}

std::string first_line(std::string_view text) { return single_line(text.substr(0, text.find('\n'))); }

std::string wrapped(std::string_view text, int64_t width) {
  if (width == 0) return std::string(text);
  std::string lines;
  int64_t column = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = end_of_word(text, begin);
    const std::string_view word = text.substr(begin, end - begin);
    const int64_t needed = display_width(word) + (column > 0 ? 1 : 0);
    const bool breaks = column > 0 && column + needed > width;
    if (column > 0) lines += breaks ? '\n' : ' ';
    lines += word;
    column = breaks ? display_width(word) : column + needed;
    begin = end + 1;
  }
  return lines;
}

std::string cell_text(const store::Cell& cell) {
  if (const auto* integer = std::get_if<int64_t>(&cell)) return std::to_string(*integer);
  if (const auto* number = std::get_if<double>(&cell)) return number_text(*number);
  if (const auto* text = std::get_if<std::string>(&cell)) return single_line(*text);
  return std::string(kNothing);
}

std::string quoted_identifier(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

int64_t integer_of(const store::Cell& cell) {
  const auto* integer = std::get_if<int64_t>(&cell);
  return integer ? *integer : 0;
}

std::string text_of(const store::Cell& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return text ? *text : std::string();
}

bool is_null(const store::Cell& cell) { return std::holds_alternative<std::monostate>(cell); }

double real_of(const store::Cell& cell) {
  const auto* number = std::get_if<double>(&cell);
  return number ? *number : static_cast<double>(integer_of(cell));
}

}  // namespace runner::report
