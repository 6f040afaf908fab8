#include "control/config/scalars.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

namespace runner::config {
namespace {

// The parts of a decimal number: 12.50e3 is digits "1250", of which 2 stand before the point, and exponent 3.
struct Decimal {
  bool negative = false;
  std::string digits;
  int64_t before_point = 0;
  int64_t exponent = 0;
  bool leading_zero = false;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view& text) {
  size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

bool take_sign(std::string_view& text) {
  const bool negative = !text.empty() && text.front() == '-';
  take(text, "+-");
  return negative;
}

// Large exponents are cut off: they are out of every range anyway.
std::optional<int64_t> take_exponent(std::string_view& text) {
  if (!take(text, "eE")) return 0;
  const bool negative = take_sign(text);
  const std::string_view digits = take_digits(text);
  if (digits.empty()) return std::nullopt;
  constexpr int64_t kLargest = 1'000'000;
  int64_t exponent = 0;
  for (const char digit : digits) exponent = std::min(kLargest, exponent * 10 + (digit - '0'));
  return negative ? -exponent : exponent;
}

std::optional<Decimal> take_decimal(std::string_view& text) {
  Decimal number;
  number.negative = take_sign(text);
  const std::string_view whole = take_digits(text);
  const std::string_view fraction = take(text, ".") ? take_digits(text) : std::string_view();
  if (whole.empty() && fraction.empty()) return std::nullopt;
  const auto exponent = take_exponent(text);
  if (!exponent) return std::nullopt;
  number.digits = std::string(whole) + std::string(fraction);
  number.before_point = static_cast<int64_t>(whole.size());
  number.exponent = *exponent;
  number.leading_zero = whole.size() > 1 && whole.front() == '0';
  return number;
}

std::optional<Decimal> decimal(std::string_view text) {
  const auto number = take_decimal(text);
  return text.empty() ? number : std::nullopt;
}

std::string without_leading_zeros(std::string_view text) {
  const std::string sign = text.front() == '-' ? "-" : "";
  take(text, "+-");
  while (text.size() > 1 && text[0] == '0' && is_digit(text[1])) text.remove_prefix(1);
  return sign + std::string(text);
}

std::optional<std::string> as_other_base(std::string_view text) {
  const std::string sign = take_sign(text) ? "-" : "";
  if (text.size() < 3 || text[0] != '0') return std::nullopt;
  const int base = text[1] == 'x' || text[1] == 'X' ? 16 : text[1] == 'o' ? 8 : text[1] == 'b' ? 2 : 0;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, base ? base : 10);
  if (base == 0 || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return sign + std::to_string(value);
}

// "1_000" or "1,000".
std::optional<std::string> without_separators(std::string_view text) {
  std::string bare(text);
  bare.erase(std::remove_if(bare.begin(), bare.end(), [](char c) { return c == '_' || c == ','; }), bare.end());
  if (bare.size() == text.size() || !is_digit(text.front()) || !decimal(bare)) return std::nullopt;
  return bare;
}

bool is_not_finite(std::string_view text) {
  std::string word;
  for (const char c : text) word += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (!word.empty() && (word[0] == '-' || word[0] == '+')) word.erase(0, 1);
  if (!word.empty() && word[0] == '.') word.erase(0, 1);
  return word == "nan" || word == "inf" || word == "infinity";
}

std::string not_a_number(std::string_view text) {
  if (text.empty()) return "";
  if (is_not_finite(text)) return "; numbers must be finite";
  if (const auto value = as_other_base(text)) return "; numbers are decimal, write " + *value;
  if (const auto bare = without_separators(text)) return "; digits are not grouped, write " + *bare;
  return "";
}

std::string decimal_advice(std::string_view text) {
  const auto number = decimal(text);
  if (!number) return not_a_number(text);
  return number->leading_zero ? "; numbers are decimal, without leading zeros: write " + without_leading_zeros(text)
                              : "";
}

// The digits of the number's absolute value when it is whole, at most 19 of them.
std::optional<std::string> whole_digits(const Decimal& number) {
  const size_t first = std::min(number.digits.find_first_not_of('0'), number.digits.size());
  std::string digits = number.digits.substr(first);
  int64_t point = number.before_point - static_cast<int64_t>(first) + number.exponent;
  while (!digits.empty() && digits.back() == '0') digits.pop_back();
  if (digits.empty()) return "0";
  if (point < static_cast<int64_t>(digits.size())) return std::nullopt;
  constexpr int64_t kTooMany = 20;
  digits.resize(static_cast<size_t>(std::min(point, kTooMany)), '0');
  return digits;
}

std::string nearest_whole_numbers(std::string_view text) {
  const double value = *parse_real(text).value;
  if (!(std::abs(value) < 1e15)) return "";
  return "; write " + number_text(std::floor(value)) + " or " + number_text(std::ceil(value));
}

}  // namespace

Parsed<bool> parse_boolean(std::string_view text) {
  if (text == "true") return {true, ""};
  if (text == "false") return {false, ""};
  std::string word;
  for (const char c : text) word += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  const auto is_one_of = [&](std::initializer_list<const char*> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  if (is_one_of({"true", "yes", "on", "y", "1"})) return {std::nullopt, "; write true"};
  if (is_one_of({"false", "no", "off", "n", "0"})) return {std::nullopt, "; write false"};
  return {};
}

Parsed<int64_t> parse_integer(std::string_view text) {
  const auto number = decimal(text);
  if (!number || number->leading_zero) return {std::nullopt, decimal_advice(text)};
  const auto digits = whole_digits(*number);
  if (!digits) {
    const bool readable = parse_real(text).value.has_value();
    return {std::nullopt, ", which is not a whole number" + (readable ? nearest_whole_numbers(text) : "")};
  }
  const std::string written = (number->negative ? "-" : "") + *digits;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), value);
  if (error != std::errc()) return {std::nullopt, ", which does not fit into 64 bits"};
  return {value, ""};
}

Parsed<double> parse_real(std::string_view text) {
  const auto number = decimal(text);
  if (!number || number->leading_zero) return {std::nullopt, decimal_advice(text)};
  std::string_view unsigned_text = text;
  take_sign(unsigned_text);
  double value = 0;
  const auto [end, error] = std::from_chars(unsigned_text.data(), unsigned_text.data() + unsigned_text.size(), value);
  if (error != std::errc()) return {std::nullopt, ", which is too large or too small for a 64-bit number"};
  return {number->negative && value != 0 ? -value : value, ""};
}

bool reads_as_number(std::string_view text) { return decimal(text).has_value(); }

bool reads_as_boolean(std::string_view text) { return text == "true" || text == "false"; }

std::string number_text(double value) {
  std::array<char, 32> buffer{};
  char* const end = buffer.data() + buffer.size();
  const double size = std::abs(value);
  const bool is_plain = value == 0 || (size >= 1e-4 && size < 1e15);
  const auto result = is_plain ? std::to_chars(buffer.data(), end, value, std::chars_format::fixed)
                               : std::to_chars(buffer.data(), end, value);
  return {buffer.data(), result.ptr};
}

}  // namespace runner::config
