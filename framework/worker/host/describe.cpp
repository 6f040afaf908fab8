#include "worker/host/describe.h"

#include <algorithm>
#include <set>

#include "common/error.h"
#include "common/params_json.h"
#include "worker/host/plugin_library.h"
#include "worker/train/failure.h"

namespace runner::worker {
namespace {

const std::vector<ParamSpec>& params_of(const runner_component& component) {
  if (component.kind == RUNNER_MODEL) return static_cast<const ModelFactory*>(component.factory)->params();
  return static_cast<const DatasetFactory*>(component.factory)->params();
}

// The schema, or a sentence on why the plugin cannot tell it.
const std::vector<ParamSpec>& schema_of(const runner_component& component) {
  try {
    return params_of(component);
  } catch (...) {
    throw RequestError("the schema of \"" + std::string(component.name) +
                       "\" cannot be read: " + current_failure().message);
  }
}

[[noreturn]] void refuse(const runner_component& component, const std::string& parameter, const std::string& reason) {
  throw RequestError("the schema of \"" + std::string(component.name) + "\": parameter \"" + parameter + "\" " +
                     reason);
}

// The number that a range speaks of, if the value has one.
std::optional<double> magnitude(const ParamValue& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* duration = std::get_if<Duration>(&value)) return duration->seconds;
  if (const auto* size = std::get_if<ByteSize>(&value)) return static_cast<double>(size->bytes);
  return std::nullopt;
}

bool in_range(const ParamSpec& spec, double value) {
  const bool above = !spec.min || (spec.min_exclusive ? value > *spec.min : value >= *spec.min);
  return above && (!spec.max || value <= *spec.max);
}

bool is_choice(const ParamSpec& spec, const std::string& text) {
  return spec.choices.empty() || std::find(spec.choices.begin(), spec.choices.end(), text) != spec.choices.end();
}

bool default_is_allowed(const ParamSpec& spec) {
  if (!spec.default_value) return true;
  const auto number = magnitude(*spec.default_value);
  const auto* text = std::get_if<std::string>(&*spec.default_value);
  return (!number || in_range(spec, *number)) && (!text || is_choice(spec, *text));
}

void check_spec(const runner_component& component, const ParamSpec& spec) {
  if (!is_plain_name(spec.name)) refuse(component, spec.name, "is not a name of small letters, digits and underscores");
  if (spec.name == "plugin") refuse(component, spec.name, "has the name that chooses the plugin itself; rename it");
  if (spec.min && spec.max && *spec.min > *spec.max)
    refuse(component, spec.name, "has a range whose minimum is above its maximum");
  if (spec.default_value && spec.default_value->index() != static_cast<size_t>(spec.type)) {
    refuse(component, spec.name, "has a default of another type than its own");
  }
  if (!default_is_allowed(spec)) {
    refuse(component, spec.name,
           "has the default " + to_json(*spec.default_value).dump() + ", which its own range or choices do not allow");
  }
}

Json describe_component(const runner_component& component) {
  Json params = Json::array();
  std::set<std::string> names;
  for (const ParamSpec& spec : schema_of(component)) {
    check_spec(component, spec);
    if (!names.insert(spec.name).second) refuse(component, spec.name, "is declared twice");
    params.push_back(to_json(spec));
  }
  return {{"kind", kind_name(component.kind)}, {"name", component.name}, {"doc", component.doc}, {"params", params}};
}

}  // namespace

Json describe(const std::string& file) {
  const runner_plugin_descriptor& plugin = open_plugin(file);
  Json components = Json::array();
  for (uint32_t i = 0; i < plugin.component_count; ++i) components.push_back(describe_component(plugin.components[i]));
  return {{"version", plugin.version}, {"components", components}};
}

}  // namespace runner::worker
