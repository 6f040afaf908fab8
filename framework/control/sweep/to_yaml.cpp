#include "control/sweep/to_yaml.h"

#include <algorithm>
#include <string_view>

#include "control/config/scalars.h"
#include "control/sweep/registry.h"

namespace runner::sweep {
namespace {

bool is_word(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto is_inner = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '-';
  };
  return !text.empty() && (is_letter(text.front()) || text.front() == '/') &&
         std::all_of(text.begin(), text.end(), is_inner);
}

// Words that some reader of YAML takes for something else.
bool is_reserved(std::string_view text) {
  std::string lower;
  for (const char c : text) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  constexpr std::string_view kReserved[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"};
  return std::find(std::begin(kReserved), std::end(kReserved), lower) != std::end(kReserved);
}

// A double-quoted YAML scalar reads JSON's escapes.
std::string text_scalar(const std::string& text) {
  return is_word(text) && !is_reserved(text) ? text : Json(text).dump();
}

std::string list(const Json& items) {
  std::string text;
  for (const Json& item : items) text += (text.empty() ? "" : ", ") + text_scalar(item.get<std::string>());
  return "[" + text + "]";
}

std::string scalar(const Json& value, const ParamSpec* spec) {
  if (value.is_string()) return text_scalar(value.get<std::string>());
  if (value.is_array()) return list(value);
  if (spec && spec->type == ParamType::duration) return value.dump() + "s";
  if (spec && spec->type == ParamType::byte_size) return value.dump() + "B";
  return value.dump();
}

class Writer {
 public:
  explicit Writer(const config::Schemas* schemas) : registry_(schemas ? *schemas : config::Schemas()) {}

  std::string write(const std::string& name, const Json& config, int64_t seed) {
    text_ = "name: " + text_scalar(name) + "\n";
    for (const SectionId id : kSections) {
      if (!outer_section(id)) write_section(id, config.at(section_key(id)), 0);
    }
    text_ += "seed: " + std::to_string(seed) + "\n";
    return std::move(text_);
  }

 private:
  void write_section(SectionId id, const Json& values, size_t depth) {
    const std::string indent(2 * depth, ' ');
    const std::string name = selector_key(id) ? values.at(selector_key(id)).get<std::string>() : "";
    text_ += indent + section_key(id) + ":\n";
    if (!name.empty()) text_ += indent + "  " + selector_key(id) + ": " + text_scalar(name) + "\n";
    for (const auto& [key, value] : values.items()) {
      if (const auto inner = section_in(id, key)) {
        write_section(*inner, value, depth + 1);
      } else if (!ParamPath{id, key}.is_selector()) {
        text_ += indent + "  " + key + ": " + scalar(value, registry_.spec(id, name, key)) + "\n";
      }
    }
  }

  const Registry registry_;
  std::string text_;
};

}  // namespace

std::string experiment_yaml(const std::string& name, const Json& config, int64_t seed, const config::Schemas* schemas) {
  return Writer(schemas).write(name, config, seed);
}

}  // namespace runner::sweep
