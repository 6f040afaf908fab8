#include "control/sweep/vocabulary.h"

#include <algorithm>
#include <utility>

#include "common/text.h"
#include "control/config/param_reader.h"

namespace runner::sweep {

Vocabulary::Vocabulary(const Registry& registry, Names names) : registry_(registry), names_(std::move(names)) {
  for (const SectionId id : kSections) {
    if (!selector_key(id)) names_[index_of(id)] = {""};
  }
}

const ParamSpec* Vocabulary::spec(const ParamPath& path) const {
  if (path.is_selector()) return &selector_spec();
  for (const std::string& name : names(path.section)) {
    if (const ParamSpec* spec = registry_.spec(path.section, name, path.key)) return spec;
  }
  return nullptr;
}

bool Vocabulary::can_judge(SectionId id) const {
  return std::any_of(names(id).begin(), names(id).end(), [&](const auto& name) { return registry_.specs(id, name); });
}

std::string Vocabulary::unknown_path(const std::string& dotted) const {
  if (dotted == "seed") return "seeds are varied by sweep.seeds: [1, 2, 3]";
  const std::string start = "unknown parameter \"" + dotted + "\"";
  if (const auto path = parse_param_path(dotted); path && selector_key(path->section)) {
    const auto owners = registry_.names_with(path->section, path->key);
    if (!owners.empty()) {
      return start + ": " + join(owners, ", ") + " would have it, but no trial chooses " +
             (owners.size() > 1 ? "them" : "it");
    }
  }
  const std::string hint = config::did_you_mean(dotted, all_paths());
  return start + (hint.empty() ? "; expected a path below data, model, train or samples, such as train.epochs" : hint);
}

std::vector<std::string> Vocabulary::all_paths() const {
  std::vector<std::string> paths;
  for (const SectionId id : kSections) {
    const std::string prefix = std::string(section_path(id)) + ".";
    if (selector_key(id)) paths.push_back(prefix + selector_key(id));
    for (const std::string& name : names(id)) {
      const auto* specs = registry_.specs(id, name);
      if (!specs) continue;
      for (const ParamSpec& spec : *specs) paths.push_back(prefix + spec.name);
    }
  }
  return paths;
}

const ParamSpec& selector_spec() {
  static const ParamSpec spec = [] {
    ParamSpec result;
    result.name = "plugin";
    result.type = ParamType::text;
    return result;
  }();
  return spec;
}

}  // namespace runner::sweep
