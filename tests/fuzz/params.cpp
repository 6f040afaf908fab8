// Descriptions of parameters and values of them, as JSON: {"specs": [...], "values": {...}}.
#include <stdexcept>

#include "common/params_json.h"
#include "fuzz/target.h"

namespace runner::fuzz {
namespace {

std::vector<ParamSpec> specs_in(const Json& json) {
  std::vector<ParamSpec> specs;
  for (const Json& item : json) {
    specs.push_back(spec_from_json(item));
    require(to_json(spec_from_json(to_json(specs.back()))) == to_json(specs.back()), "a specification reads back");
  }
  return specs;
}

void check(const Json& json) {
  if (!json.is_object() || !json.contains("specs") || !json.contains("values")) return;
  const std::vector<ParamSpec> specs = specs_in(json["specs"]);
  const ParamValues values = values_from_json(specs, json["values"]);
  Json again = Json::object();
  for (const auto& [name, value] : values) again[name] = to_json(value);
  require(values_from_json(specs, again).size() == values.size(), "values read back");
}

}  // namespace

void run(std::string_view input) {
  try {
    check(parse_json(input));
  } catch (const std::invalid_argument&) {
  }
}

}  // namespace runner::fuzz
