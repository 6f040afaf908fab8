// Durations and sizes: a decimal number and a unit.
#include <array>
#include <cmath>
#include <vector>

#include "common/text.h"
#include "control/config/scalars.h"

namespace runner::config {
namespace {

struct Unit {
  const char* name;
  double factor;
};

constexpr std::array<Unit, 5> kDurationUnits = {{{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}};
constexpr double kKibi = 1024;
constexpr std::array<Unit, 9> kSizeUnits = {{{"B", 1},
                                             {"kB", 1e3},
                                             {"MB", 1e6},
                                             {"GB", 1e9},
                                             {"TB", 1e12},
                                             {"KiB", kKibi},
                                             {"MiB", kKibi* kKibi},
                                             {"GiB", kKibi* kKibi* kKibi},
                                             {"TiB", kKibi* kKibi* kKibi* kKibi}}};

struct Quantity {
  std::string number, unit;
};

// Splits where the unit's letters begin: an exponent's e belongs to the number only before a digit or a sign.
Quantity split(std::string_view text) {
  size_t end = text.size();
  while (end > 0 && ((text[end - 1] >= 'a' && text[end - 1] <= 'z') || (text[end - 1] >= 'A' && text[end - 1] <= 'Z')))
    --end;
  std::string number(text.substr(0, end));
  if (!number.empty() && number.back() == ' ') number.pop_back();
  return {std::move(number), std::string(text.substr(end))};
}

template <size_t N>
std::string unknown_unit(const std::array<Unit, N>& units) {
  std::vector<std::string> names;
  for (const Unit& unit : units) names.emplace_back(unit.name);
  return "; units are " + join(names, ", ");
}

// The number and its unit's factor.
template <size_t N>
Parsed<std::pair<double, double>> parse_quantity(std::string_view text, const std::array<Unit, N>& units) {
  const Quantity quantity = split(text);
  const Parsed<double> number = parse_real(quantity.number);
  if (!number.value) return {std::nullopt, number.advice};
  for (const Unit& unit : units) {
    if (quantity.unit == unit.name) return {std::make_pair(*number.value, unit.factor), ""};
  }
  return {std::nullopt, unknown_unit(units)};
}

}  // namespace

Parsed<Duration> parse_duration(std::string_view text) {
  if (reads_as_number(text)) {
    const std::string number(text);
    return {std::nullopt, "; add a unit, for example " + number + "s or " + number + "m"};
  }
  const auto quantity = parse_quantity(text, kDurationUnits);
  if (!quantity.value) return {std::nullopt, quantity.advice};
  const double seconds = quantity.value->first * quantity.value->second;
  if (!std::isfinite(seconds)) return {std::nullopt, ", which is too long"};
  return {Duration{seconds}, ""};
}

Parsed<ByteSize> parse_byte_size(std::string_view text) {
  if (reads_as_number(text)) {
    const std::string number(text);
    return {std::nullopt, "; add a unit, for example " + number + "MiB or " + number + "GiB"};
  }
  const auto quantity = parse_quantity(text, kSizeUnits);
  if (!quantity.value) return {std::nullopt, quantity.advice};
  const double bytes = quantity.value->first * quantity.value->second;
  if (bytes != std::floor(bytes)) return {std::nullopt, ", which is not a whole number of bytes"};
  constexpr double kLimit = 9.007199254740992e15;  // 8 PiB: every smaller whole number is exact
  if (!(std::abs(bytes) < kLimit)) return {std::nullopt, ", which is more than 8 PiB"};
  return {ByteSize{static_cast<int64_t>(bytes)}, ""};
}

}  // namespace runner::config
