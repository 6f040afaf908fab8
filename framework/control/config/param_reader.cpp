#include "control/config/param_reader.h"

#include <algorithm>

#include "common/text.h"
#include "control/config/scalars.h"

namespace runner::config {
namespace {

const char* noun(ParamType type) {
  constexpr const char* kNouns[] = {
      "true or false",          "an integer",         "a number", "a string", "a path", "a list of strings",
      "a duration such as 90m", "a size such as 4GiB"};
  return kNouns[static_cast<int>(type)];
}

bool is_textual(ParamType type) { return type == ParamType::text || type == ParamType::path; }

// Whether an empty path or list says the same as the default.
template <typename T>
bool default_is_empty(const ParamSpec& spec) {
  const T* value = spec.default_value ? std::get_if<T>(&*spec.default_value) : nullptr;
  return value && value->empty();
}

// One parameter at one node.
class Reader {
 public:
  Reader(const std::string& path, const Node& node, const ParamSpec& spec, const ReadContext& context,
         Problems& problems)
      : path_(path), node_(node), spec_(spec), context_(context), problems_(problems) {}

  std::optional<ParamValue> read() {
    std::optional<ParamValue> value = parse();
    if (value && !accepted(*value)) return std::nullopt;
    return value;
  }

 private:
  std::optional<ParamValue> refuse(const std::string& sentence) {
    problems_.add(node_.place, path_ + " " + sentence);
    return std::nullopt;
  }

  std::optional<ParamValue> refuse_found(const std::string& advice) {
    return refuse(std::string("must be ") + noun(spec_.type) + ", found " + describe(node_) + advice);
  }

  std::optional<ParamValue> parse() {
    if (node_.kind == Kind::null) return refuse(std::string("has no value; it must be ") + noun(spec_.type));
    if (spec_.type == ParamType::text_list) return parse_list();
    if (node_.kind != Kind::scalar) return refuse_found("");
    if (is_textual(spec_.type)) return parse_text();
    if (node_.quoted) return refuse_found(unquoted_advice());
    return parse_plain();
  }

  std::string unquoted_advice() const {
    Node bare = node_;
    bare.quoted = false;
    Problems ignored;
    const bool would_do = Reader(path_, bare, spec_, context_, ignored).read().has_value();
    return would_do ? "; remove the quotes" : "";
  }

  std::optional<ParamValue> parse_plain() {
    switch (spec_.type) {
      case ParamType::boolean:
        return taken(parse_boolean(node_.text));
      case ParamType::integer:
        return taken(parse_integer(node_.text));
      case ParamType::real:
        return taken(parse_real(node_.text));
      case ParamType::duration:
        return taken(parse_duration(node_.text));
      default:
        return taken(parse_byte_size(node_.text));
    }
  }

  template <typename T>
  std::optional<ParamValue> taken(const Parsed<T>& parsed) {
    if (!parsed.value) return refuse_found(parsed.advice);
    return ParamValue(*parsed.value);
  }

  static bool needs_quotes(const Node& node) {
    return !node.quoted && (reads_as_number(node.text) || reads_as_boolean(node.text));
  }

  std::optional<ParamValue> parse_text() {
    if (needs_quotes(node_)) return refuse_found("; to mean the text, write \"" + node_.text + "\" in quotes");
    if (node_.text.find('\0') != std::string::npos) return refuse("contains a NUL character");
    if (spec_.type == ParamType::text) return ParamValue(node_.text);
    return absolute_path();
  }

  std::optional<ParamValue> absolute_path() {
    const bool may_be_empty = default_is_empty<std::filesystem::path>(spec_);
    if (node_.text.empty() && !may_be_empty) return refuse("is empty; it must be a path");
    if (node_.text.empty()) return ParamValue(std::filesystem::path());
    return ParamValue((context_.directory / node_.text).lexically_normal());
  }

  std::optional<ParamValue> parse_list() {
    if (node_.kind != Kind::sequence)
      return refuse_found(node_.kind == Kind::scalar ? "; write [" + node_.text + "]" : "");
    const bool may_be_empty = default_is_empty<std::vector<std::string>>(spec_);
    if (node_.items.empty() && !may_be_empty) return refuse("is an empty list");
    const ParamSpec item_spec = {"", ParamType::text, {}, {}, {}, false, spec_.choices, "", ""};
    std::vector<std::string> texts;
    for (size_t i = 0; i < node_.items.size(); ++i) {
      const auto item =
          read_param(path_ + "[" + std::to_string(i) + "]", *node_.items[i], item_spec, context_, problems_);
      if (item) texts.push_back(std::get<std::string>(*item));
    }
    if (texts.size() < node_.items.size()) return std::nullopt;
    return ParamValue(std::move(texts));
  }

  bool accepted(const ParamValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return is_choice(*text);
    if (const auto* number = std::get_if<int64_t>(&value)) return in_range(static_cast<double>(*number));
    if (const auto* number = std::get_if<double>(&value)) return in_range(*number);
    if (const auto* span = std::get_if<Duration>(&value)) return in_range(span->seconds);
    if (const auto* size = std::get_if<ByteSize>(&value)) return in_range(static_cast<double>(size->bytes));
    return true;
  }

  bool is_choice(const std::string& text) {
    const auto& choices = spec_.choices;
    if (choices.empty() || std::find(choices.begin(), choices.end(), text) != choices.end()) return true;
    refuse("must be one of " + join(choices, ", ") + ", found \"" + text + "\"" + did_you_mean(text, choices));
    return false;
  }

  bool in_range(double value) {
    const bool above = !spec_.min || value > *spec_.min || (!spec_.min_exclusive && value >= *spec_.min);
    const bool below = !spec_.max || value <= *spec_.max;
    if (above && below) return true;
    refuse("must be " + range() + ", found " + node_.text);
    return false;
  }

  std::string range() const {
    const std::string low = spec_.min ? bound(*spec_.min) : "", high = spec_.max ? bound(*spec_.max) : "";
    if (spec_.min && spec_.min_exclusive) return "greater than " + low + (spec_.max ? " and at most " + high : "");
    if (spec_.min && spec_.max) return "between " + low + " and " + high;
    return spec_.min ? "at least " + low : "at most " + high;
  }

  std::string bound(double value) const {
    if (spec_.type == ParamType::duration) return value_text(Duration{value});
    if (spec_.type == ParamType::byte_size) return value_text(ByteSize{static_cast<int64_t>(value)});
    return number_text(value);
  }

  const std::string& path_;
  const Node& node_;
  const ParamSpec& spec_;
  const ReadContext& context_;
  Problems& problems_;
};

struct ValueText {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return number_text(value); }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(const std::filesystem::path& value) const { return value.string(); }
  std::string operator()(const std::vector<std::string>& value) const { return "[" + join(value, ", ") + "]"; }
  std::string operator()(Duration value) const { return number_text(value.seconds) + "s"; }
  std::string operator()(ByteSize value) const { return std::to_string(value.bytes) + "B"; }
};

}  // namespace

std::optional<ParamValue> read_param(const std::string& path, const Node& node, const ParamSpec& spec,
                                     const ReadContext& context, Problems& problems) {
  return Reader(path, node, spec, context, problems).read();
}

std::vector<std::string> names_of(const std::vector<ParamSpec>& specs) {
  std::vector<std::string> names;
  for (const ParamSpec& spec : specs) names.push_back(spec.name);
  return names;
}

const ParamSpec* find_spec(const std::vector<ParamSpec>& specs, std::string_view name) {
  const auto found = std::find_if(specs.begin(), specs.end(), [&](const ParamSpec& spec) { return spec.name == name; });
  return found == specs.end() ? nullptr : &*found;
}

bool is_mapping(const std::string& path, const Node& node, Problems& problems) {
  if (node.kind == Kind::mapping || node.kind == Kind::null) return true;
  problems.add(node.place, path + " must be a mapping of keys to values, found " + describe(node));
  return false;
}

ParamValues read_params(const std::string& path, const Node& node, const std::vector<ParamSpec>& specs,
                        const ReadContext& context, Problems& problems) {
  ParamValues values;
  for (const ParamSpec& spec : specs) {
    if (spec.default_value) values[spec.name] = *spec.default_value;
  }
  if (!is_mapping(path, node, problems)) return values;
  for (const Entry& entry : node.entries) {
    const ParamSpec* spec = find_spec(specs, entry.key);
    if (!spec) {
      problems.add(entry.key_place, unknown_key(entry.key, path, names_of(specs)));
    } else if (auto value = read_param(path + "." + entry.key, *entry.value, *spec, context, problems)) {
      values[entry.key] = std::move(*value);
    }
  }
  for (const ParamSpec& spec : specs) {
    if (!spec.default_value && !node.find(spec.name)) problems.add(node.place, path + "." + spec.name + " is required");
  }
  return values;
}

std::string value_text(const ParamValue& value) { return std::visit(ValueText{}, value); }

}  // namespace runner::config
