// Parameters of a plugin: what an author declares once, and the host checks, documents and fills.
//
// An author writes an options struct with default initialisers and a schema that binds names to its members:
//
//   struct Options {
//     int64_t hidden_size = 256;  // units of the hidden state
//     double dropout = 0;         // probability of dropping a unit between layers
//
//     static runner::Schema<Options> schema() {
//       runner::Schema<Options> schema;
//       schema.add("hidden_size", &Options::hidden_size).range(1, 65536).unit("units").doc("width of the state");
//       schema.add("dropout", &Options::dropout).range(0, 0.99).doc("probability of dropping a unit");
//       return schema;
//     }
//   };
//
// The default of a parameter is the value of a default-constructed struct, so it is written in one place.
// This header needs the standard library only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace runner {

// A span of time; an experiment writes it with a unit: `90m`, `1.5h`, `60s`, `250ms`.
struct Duration {
  double seconds = 0;
};

// An amount of memory or disk; an experiment writes it with a unit: `4GiB`, `512MiB`, `100kB`.
struct ByteSize {
  int64_t bytes = 0;
};

// The order of the alternatives is the order of ParamType; both are part of the SDK ABI.
using ParamValue = std::variant<bool, int64_t, double, std::string, std::filesystem::path, std::vector<std::string>,
                                Duration, ByteSize>;

enum class ParamType { boolean, integer, real, text, path, text_list, duration, byte_size };

namespace detail {

// Whether a variant has exactly this alternative: one that merely converts to another (float to double) does not count.
template <typename T, typename Variant>
inline constexpr bool is_alternative = false;
template <typename T, typename... Alternatives>
inline constexpr bool is_alternative<T, std::variant<Alternatives...>> = (std::is_same_v<T, Alternatives> || ...);

}  // namespace detail

// The type's name in messages and tables, for example "integer" or "list of strings".
inline const char* type_name(ParamType type) {
  constexpr const char* kNames[] = {"boolean", "integer",         "number",   "string",
                                    "path",    "list of strings", "duration", "size"};
  return kNames[static_cast<int>(type)];
}

// One parameter as the host sees it, free of C++ member pointers, so that it can cross a process boundary.
struct ParamSpec {
  std::string name;
  ParamType type = ParamType::integer;
  std::optional<ParamValue> default_value;  // none: the parameter is required
  std::optional<double> min, max;           // inclusive; of a number, a duration in seconds, a size in bytes
  bool min_exclusive = false;               // the value must be greater than `min`
  std::vector<std::string> choices;         // of a text; empty: any
  std::string unit;                         // "units", "s", "characters"; empty: none
  std::string doc;                          // one line, without a full stop
};

// Values by name, in the types that the specs declare.
using ParamValues = std::map<std::string, ParamValue>;

// An option whose value cannot be used, found by `check()` or by a constructor: the host reports it at the place in the
// experiment file where that option was written. An empty name means the plugin as a whole.
class OptionError : public std::invalid_argument {
 public:
  OptionError(std::string option, const std::string& message)
      : std::invalid_argument(message), option_(std::move(option)) {}
  const std::string& option() const { return option_; }

 private:
  std::string option_;
};

// How much computing a token of training is for a model, beside other models: about the number of weights that the
// token is multiplied by. Rough is enough: by it a sweep knows which trials to start first.
struct TokenWork {
  double inside = 0;      // whatever the vocabulary is
  double per_output = 0;  // more for each token of the vocabulary: the output layer
};

template <typename Options>
class Schema {
 public:
  // Adds to one parameter's description; returned by `add` and meant to be chained.
  class Entry {
   public:
    explicit Entry(ParamSpec& spec) : spec_(spec) {}
    Entry& range(double min, double max) { return spec_.min = min, spec_.max = max, *this; }
    Entry& at_least(double min) { return spec_.min = min, *this; }
    Entry& greater_than(double min) { return spec_.min = min, spec_.min_exclusive = true, *this; }
    Entry& choices(std::vector<std::string> names) { return spec_.choices = std::move(names), *this; }
    Entry& required() { return spec_.default_value.reset(), *this; }
    Entry& unit(std::string unit) { return spec_.unit = std::move(unit), *this; }
    Entry& doc(std::string line) { return spec_.doc = std::move(line), *this; }

   private:
    ParamSpec& spec_;
  };

  // Binds `name` to a member. The member's type decides the parameter's type. The returned Entry is valid until the
  // next call of `add`.
  template <typename Base, typename Member>
  Entry add(std::string name, Member Base::*member) {
    static_assert(std::is_base_of_v<Base, Options>, "the member must belong to the options struct of this schema");
    ParamSpec spec;
    spec.name = std::move(name);
    const Options defaults = Options();
    const ParamValue initial = to_value(defaults.*member);
    spec.type = static_cast<ParamType>(initial.index());
    spec.default_value = initial;
    specs_.push_back(std::move(spec));
    setters_.push_back([member](Options& options, const ParamValue& value) { assign(options.*member, value); });
    return Entry(specs_.back());
  }

  const std::vector<ParamSpec>& specs() const& { return specs_; }
  std::vector<ParamSpec> specs() && { return std::move(specs_); }

  // A struct with every value of `values` in place; names the schema does not know are ignored, because the host has
  // refused them before. Throws std::bad_variant_access when a value has another type than its spec says.
  Options fill(const ParamValues& values) const {
    Options options;
    for (size_t i = 0; i < specs_.size(); ++i) {
      const auto found = values.find(specs_[i].name);
      if (found != values.end()) setters_[i](options, found->second);
    }
    return options;
  }

 private:
  template <typename Member>
  static constexpr bool is_plain_integer = std::is_integral_v<Member> && !std::is_same_v<Member, bool>;

  template <typename Member>
  static ParamValue to_value(const Member& member) {
    if constexpr (is_plain_integer<Member>) {
      static_assert(sizeof(Member) == sizeof(int64_t) && std::is_signed_v<Member>,
                    "declare integer options as int64_t");
      return static_cast<int64_t>(member);
    } else {
      static_assert(detail::is_alternative<Member, ParamValue>,
                    "an option is bool, int64_t, double, std::string, std::filesystem::path, "
                    "std::vector<std::string>, runner::Duration or runner::ByteSize");
      return ParamValue(std::in_place_type<Member>, member);
    }
  }

  template <typename Member>
  static void assign(Member& member, const ParamValue& value) {
    if constexpr (is_plain_integer<Member>) {
      member = std::get<int64_t>(value);
    } else {
      member = std::get<Member>(value);
    }
  }

  std::vector<ParamSpec> specs_;
  std::vector<std::function<void(Options&, const ParamValue&)>> setters_;
};

}  // namespace runner
