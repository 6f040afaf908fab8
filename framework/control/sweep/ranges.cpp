#include "control/sweep/ranges.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "control/config/scalars.h"
#include "control/sweep/limits.h"

namespace runner::sweep {

using config::Entry;
using config::NodePtr;
using config::Problems;
using config::ReadContext;

namespace {

constexpr double kLargestExactInteger = 9007199254740992.0;

bool is_whole_type(ParamType type) { return type == ParamType::integer || type == ParamType::byte_size; }

bool is_numeric(ParamType type) {
  return is_whole_type(type) || type == ParamType::real || type == ParamType::duration;
}

double as_double(const ParamValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return static_cast<double>(*number);
  if (const auto* size = std::get_if<ByteSize>(&value)) return static_cast<double>(size->bytes);
  if (const auto* span = std::get_if<Duration>(&value)) return span->seconds;
  return std::get<double>(value);
}

double rounded_to_twelve_digits(double value) {
  std::array<char, 40> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.12g", value);
  return std::strtod(buffer.data(), nullptr);
}

class RangeReader {
 public:
  RangeReader(const Entry& axis, const ParamSpec& spec, const ReadContext& context, Problems& problems)
      : axis_(axis), where_("sweep.parameters." + axis.key), spec_(spec), context_(context), problems_(problems) {}

  std::vector<NodePtr> read() {
    const size_t before = problems_.count();
    if (!is_numeric(spec_.type)) {
      refuse(where_ + " has a range, but is a " + type_name(spec_.type) + "; list its values: values: […]");
      return {};
    }
    read_fields();
    if (problems_.count() == before) check_bounds();
    return problems_.count() == before ? points() : std::vector<NodePtr>();
  }

 private:
  void refuse(const std::string& message) { problems_.add(axis_.key_place, message); }

  void read_fields() {
    min_ = read_bound("min");
    max_ = read_bound("max");
    distribution_ = is_whole_type(spec_.type) ? "int_uniform" : "uniform";
    ParamSpec distribution;
    distribution.type = ParamType::text;
    distribution.choices = {"uniform", "log_uniform", "int_uniform", "int_log_uniform"};
    if (const auto value = read_field("distribution", distribution)) distribution_ = std::get<std::string>(*value);
    ParamSpec count;
    count.type = ParamType::integer;
    count.min = 1;
    count.max = static_cast<double>(kMaxTrials);
    if (!axis_.value->find("count")) return refuse(where_ + " needs count: in a grid, how many points it has");
    if (const auto value = read_field("count", count)) count_ = std::get<int64_t>(*value);
  }

  std::optional<ParamValue> read_field(const char* name, const ParamSpec& spec) {
    const Entry* field = axis_.value->find(name);
    if (!field) return std::nullopt;
    return read_param(where_ + "." + name, *field->value, spec, context_, problems_);
  }

  double read_bound(const char* name) {
    if (!axis_.value->find(name)) refuse(where_ + " needs " + name + ":");
    const auto value = read_field(name, spec_);
    return value ? as_double(*value) : 0;
  }

  bool is_log() const { return distribution_ == "log_uniform" || distribution_ == "int_log_uniform"; }
  bool is_int() const { return distribution_ == "int_uniform" || distribution_ == "int_log_uniform"; }

  void check_bounds() {
    const std::string low = config::number_text(min_), high = config::number_text(max_);
    if (min_ > max_) {
      refuse(where_ + ": min " + low + " is greater than max " + high);
    } else if (is_log() && min_ <= 0) {
      refuse(where_ + ": " + distribution_ + " needs a min greater than 0, found " + low);
    } else if (std::abs(min_) > kLargestExactInteger || std::abs(max_) > kLargestExactInteger) {
      refuse(where_ + ": bounds beyond 2^53 cannot be spaced exactly; list the values: values: […]");
    } else if (is_int() && (min_ != std::floor(min_) || max_ != std::floor(max_))) {
      refuse(where_ + ": " + distribution_ + " needs integers as min and max");
    } else if (count_ == 1 && min_ < max_) {
      refuse(where_ + ": count 1 cannot include both min and max; write count: 2 or more, or values: […]");
    }
  }

  double point(int64_t index) const {
    if (index == 0) return min_;
    if (index == count_ - 1) return max_;
    const double share = static_cast<double>(index) / static_cast<double>(count_ - 1);
    const double value =
        is_log() ? std::exp(std::log(min_) + share * (std::log(max_) - std::log(min_))) : min_ + share * (max_ - min_);
    return is_int() ? std::round(value) : rounded_to_twelve_digits(value);
  }

  std::vector<NodePtr> points() {
    std::vector<NodePtr> nodes;
    double previous = 0;
    for (int64_t i = 0; i < count_; ++i) {
      const double value = point(i);
      if (i > 0 && value == previous) return refuse_repeated(value);
      if (is_whole_type(spec_.type) && value != std::floor(value)) return refuse_fraction(value);
      nodes.push_back(config::make_scalar(text(value), false, axis_.key_place));
      previous = value;
    }
    return nodes;
  }

  std::vector<NodePtr> refuse_repeated(double value) {
    const std::string most =
        is_int() ? "; there are " + config::number_text(max_ - min_ + 1) + " integers from min to max" : "";
    refuse(where_ + ": count " + std::to_string(count_) + " gives " + config::number_text(value) + " more than once" +
           most);
    return {};
  }

  std::vector<NodePtr> refuse_fraction(double value) {
    refuse(where_ + ": " + distribution_ + " gives " + config::number_text(value) +
           ", but an integer is wanted; write distribution: int_" + distribution_);
    return {};
  }

  std::string text(double value) const {
    const char* unit = spec_.type == ParamType::duration ? "s" : spec_.type == ParamType::byte_size ? "B" : "";
    const std::string number =
        is_whole_type(spec_.type) ? std::to_string(static_cast<int64_t>(value)) : config::number_text(value);
    return number + unit;
  }

  const Entry& axis_;
  const std::string where_;
  const ParamSpec& spec_;
  const ReadContext& context_;
  Problems& problems_;
  double min_ = 0, max_ = 0;
  std::string distribution_;
  int64_t count_ = 0;
};

}  // namespace

std::vector<NodePtr> range_points(const Entry& axis, const ParamSpec& spec, const ReadContext& context,
                                  Problems& problems) {
  return RangeReader(axis, spec, context, problems).read();
}

}  // namespace runner::sweep
