#include "common/params_json.h"

#include <algorithm>

namespace runner {
namespace {

template <typename T>
std::optional<T> optional_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return std::nullopt;
  return found->get<T>();
}

ParamType type_from_name(const std::string& name) {
  constexpr int kTypes = std::variant_size_v<ParamValue>;
  for (int i = 0; i < kTypes; ++i) {
    if (name == type_name(static_cast<ParamType>(i))) return static_cast<ParamType>(i);
  }
  throw std::invalid_argument("unknown parameter type \"" + name + "\"");
}

struct ToJson {
  Json operator()(const std::filesystem::path& path) const { return path.string(); }
  Json operator()(Duration duration) const { return duration.seconds; }
  Json operator()(ByteSize size) const { return size.bytes; }
  template <typename T>
  Json operator()(const T& value) const {
    return value;
  }
};

ParamValue checked_value(ParamType type, const Json& json) {
  switch (type) {
    case ParamType::boolean:
      return json.get<bool>();
    case ParamType::integer:
      return json.get<int64_t>();
    case ParamType::real:
      return json.get<double>();
    case ParamType::text:
      return json.get<std::string>();
    case ParamType::path:
      return std::filesystem::path(json.get<std::string>());
    case ParamType::text_list:
      return json.get<std::vector<std::string>>();
    case ParamType::duration:
      return Duration{json.get<double>()};
    case ParamType::byte_size:
      return ByteSize{json.get<int64_t>()};
  }
  throw std::invalid_argument("unknown parameter type");
}

bool has_type(ParamType type, const Json& json) {
  switch (type) {
    case ParamType::boolean:
      return json.is_boolean();
    case ParamType::integer:
    case ParamType::byte_size:
      return json.is_number_integer();
    case ParamType::real:
    case ParamType::duration:
      return json.is_number();
    case ParamType::text:
    case ParamType::path:
      return json.is_string();
    case ParamType::text_list:
      return json.is_array();
  }
  return false;
}

}  // namespace

Json to_json(const ParamValue& value) { return std::visit(ToJson{}, value); }

Json to_json(const ParamSpec& spec) {
  Json json = {{"name", spec.name},
               {"type", type_name(spec.type)},
               {"min_exclusive", spec.min_exclusive},
               {"choices", spec.choices},
               {"unit", spec.unit},
               {"doc", spec.doc}};
  if (spec.default_value) json["default"] = to_json(*spec.default_value);
  if (spec.min) json["min"] = *spec.min;
  if (spec.max) json["max"] = *spec.max;
  return json;
}

ParamValue value_from_json(ParamType type, const Json& json) {
  if (!has_type(type, json)) {
    throw std::invalid_argument(std::string("expected a value of type ") + type_name(type) + ", found " + json.dump());
  }
  try {
    return checked_value(type, json);
  } catch (const Json::exception& error) {
    throw std::invalid_argument(error.what());
  }
}

ParamSpec spec_from_json(const Json& json) {
  try {
    ParamSpec spec;
    spec.name = json.at("name").get<std::string>();
    spec.type = type_from_name(json.at("type").get<std::string>());
    if (json.contains("default")) spec.default_value = value_from_json(spec.type, json.at("default"));
    spec.min = optional_at<double>(json, "min");
    spec.max = optional_at<double>(json, "max");
    spec.min_exclusive = json.at("min_exclusive").get<bool>();
    spec.choices = json.at("choices").get<std::vector<std::string>>();
    spec.unit = json.at("unit").get<std::string>();
    spec.doc = json.at("doc").get<std::string>();
    return spec;
  } catch (const Json::exception& error) {
    throw std::invalid_argument(error.what());
  }
}

ParamValues values_from_json(const std::vector<ParamSpec>& specs, const Json& object) {
  ParamValues values;
  for (const auto& [name, value] : object.items()) {
    const auto spec = std::find_if(specs.begin(), specs.end(), [&key = name](const auto& s) { return s.name == key; });
    if (spec == specs.end()) throw std::invalid_argument("unknown parameter \"" + name + "\"");
    values[name] = value_from_json(spec->type, value);
  }
  return values;
}

}  // namespace runner
