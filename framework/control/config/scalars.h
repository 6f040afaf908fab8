// Scalars from their text, by rules of our own: YAML libraries read 010 as 8, "256" as a number and yes as a boolean.
#pragma once

#include <runner/params.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace runner::config {

// A value, or why there is none: `advice` continues a sentence that ends with the text as it was found, for example
// "; numbers are decimal, write 16".
template <typename T>
struct Parsed {
  std::optional<T> value;
  std::string advice;
};

// true and false alone.
Parsed<bool> parse_boolean(std::string_view text);

// Decimal: [+-]digits[.digits][e[+-]digits]. Exact: `1e3` and `16.0` are integers, `2.5` and 2^63 are not.
Parsed<int64_t> parse_integer(std::string_view text);

// Decimal, as above. Finite, and not so small that it would become 0. -0 is 0.
Parsed<double> parse_real(std::string_view text);

// A number and one of ms, s, m, h, d.
Parsed<Duration> parse_duration(std::string_view text);

// A number and one of B, kB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (powers of 1024); whole bytes.
Parsed<ByteSize> parse_byte_size(std::string_view text);

// Whether an unquoted text would be taken for a number or a boolean by its reader.
bool reads_as_number(std::string_view text);
bool reads_as_boolean(std::string_view text);

// The shortest decimal text that reads back as the same number: "100", "0.01", "1e-05".
std::string number_text(double value);

}  // namespace runner::config
