#include "control/sweep/registry.h"

#include <algorithm>

#include "common/text.h"
#include "control/config/param_reader.h"

namespace runner::sweep {
namespace {

const char* thing(SectionId id) { return id == SectionId::data ? "dataset" : section_key(id); }

bool is_of_plugins(SectionId id) { return id == SectionId::data || id == SectionId::model; }

}  // namespace

Registry::Registry(const config::Schemas& schemas) {
  const auto add_components = [this](SectionId id, const config::ComponentSet& set) {
    for (const auto& component : set.usable) kinds_[index_of(id)].push_back({component.name, component.params});
    unusable_[index_of(id)] = set.unusable;
  };
  add_components(SectionId::data, schemas.datasets);
  add_components(SectionId::model, schemas.models);
  kinds_[index_of(SectionId::optimizer)] = optimizer_kinds();
  kinds_[index_of(SectionId::schedule)] = schedule_kinds();
  kinds_[index_of(SectionId::early_stopping)] = {{"", EarlyStoppingOptions::schema().specs()}};
  kinds_[index_of(SectionId::checkpoint)] = {{"", CheckpointOptions::schema().specs()}};
  kinds_[index_of(SectionId::train)] = {{"", TrainOptions::schema().specs()}};
  kinds_[index_of(SectionId::samples)] = {{"", SampleOptions::schema().specs()}};
  for (auto& kinds : kinds_) {
    std::sort(kinds.begin(), kinds.end(), [](const OptionKind& a, const OptionKind& b) { return a.name < b.name; });
  }
}

const std::vector<ParamSpec>* Registry::specs(SectionId id, const std::string& name) const {
  for (const OptionKind& kind : kinds_[index_of(id)]) {
    if (!selector_key(id) || kind.name == name) return &kind.params;
  }
  return nullptr;
}

const ParamSpec* Registry::spec(SectionId id, const std::string& name, const std::string& key) const {
  const std::vector<ParamSpec>* found = specs(id, name);
  return found ? config::find_spec(*found, key) : nullptr;
}

std::string Registry::refusal(SectionId id, const std::string& name) const {
  const std::string what = std::string(thing(id)) + " \"" + name + "\"";
  for (const auto& component : unusable_[index_of(id)]) {
    if (component.name == name) return what + " cannot be used: " + component.reason;
  }
  const std::vector<std::string> valid = names(id);
  if (valid.empty()) return "unknown " + what + "; no plugin that provides a " + thing(id) + " was found";
  const std::string hint = config::did_you_mean(name, valid);
  return "unknown " + what + (hint.empty() ? ";" : hint) + " valid: " + join(valid, ", ");
}

std::vector<std::string> Registry::names(SectionId id) const {
  std::vector<std::string> names;
  for (const OptionKind& kind : kinds_[index_of(id)]) names.push_back(kind.name);
  return names;
}

std::vector<std::string> Registry::names_with(SectionId id, const std::string& key) const {
  std::vector<std::string> names;
  for (const OptionKind& kind : kinds_[index_of(id)]) {
    if (config::find_spec(kind.params, key)) names.push_back(kind.name);
  }
  return names;
}

std::string Registry::default_name(SectionId id) const {
  if (id == SectionId::optimizer) return kDefaultOptimizer;
  return id == SectionId::schedule ? kDefaultSchedule : "";
}

std::string Registry::title(SectionId id, const std::string& name) {
  std::string path = section_path(id);
  if (!selector_key(id)) return path;
  return path + (is_of_plugins(id) ? " (plugin " : " (") + name + ")";
}

std::string Registry::noun(SectionId id, const std::string& name) {
  return std::string(is_of_plugins(id) ? "plugin" : section_key(id)) + " " + name;
}

}  // namespace runner::sweep
