#include "control/sweep/resolver.h"

#include <algorithm>
#include <utility>

#include "common/params_json.h"
#include "common/text.h"
#include "common/training.h"
#include "control/config/param_reader.h"
#include "control/sweep/conditions.h"
#include "control/sweep/vocabulary.h"

namespace runner::sweep {

using config::Problems;

namespace {

bool is_number(std::string_view text) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  return digits && (text.size() == 1 || text.front() != '0') && text.size() < 5;
}

const config::Place& place_of(const Section& section, const char* key) {
  const Assignment* assignment = section.find(key);
  return assignment ? assignment->value->place : section.place;
}

std::string as_when(const std::string& path, const std::vector<std::string>& names) {
  return "when: {" + path + ": " + (names.size() == 1 ? names.front() : "[" + join(names, ", ") + "]") + "}";
}

}  // namespace

bool is_device(std::string_view text) {
  constexpr std::string_view kNumbered = "cuda:";
  if (text == "auto" || text == "cpu" || text == "cuda") return true;
  return text.substr(0, kNumbered.size()) == kNumbered && is_number(text.substr(kNumbered.size()));
}

Resolver::Resolver(const Space& space, const Registry& registry, std::array<std::set<std::string>, kSectionCount> used,
                   std::set<std::string> excused, Problems& problems)
    : space_(space), registry_(registry), used_(std::move(used)), excused_(std::move(excused)), problems_(problems) {
  for (const SectionId id : kSections) {
    forced_[index_of(id)] = selector_key(id) && space.overrides[index_of(id)].find(selector_key(id));
  }
}

ResolvedSection Resolver::resolve(SectionId id, const Section& section) {
  ResolvedSection result;
  if (section.broken) return result;
  const std::string name = read_name(id, section);
  if (!registry_.specs(id, name)) return result;
  const size_t before = problems_.count();
  read_values(id, name, section, result);
  require(id, name, section);
  if (selector_key(id)) result.values[selector_key(id)] = name;
  if (problems_.count() == before) check_rules(id, section, result);
  result.is_sound = problems_.count() == before;
  return result;
}

// The selector's value; when it cannot be used, the registry has no specs for it and the reason has been noted.
std::string Resolver::read_name(SectionId id, const Section& section) {
  if (!selector_key(id)) return "";
  const Assignment* selector = section.find(selector_key(id));
  const std::string path = to_string(selector_of(id));
  if (!selector) {
    std::string name = registry_.default_name(id);
    if (name.empty() && excused_.count(path) == 0) {
      const auto names = registry_.names(id);
      problems_.add(section.place, path + " is required" + (names.empty() ? "" : "; valid: " + join(names, ", ")));
    }
    return name;
  }
  const auto value = read_param(path, *selector->value, selector_spec(), space_.file_context, problems_);
  if (!value) return "";
  const std::string& name = std::get<std::string>(*value);
  if (!registry_.specs(id, name)) problems_.add(selector->value->place, registry_.refusal(id, name));
  return name;
}

void Resolver::read_values(SectionId id, const std::string& name, const Section& section, ResolvedSection& result) {
  for (const ParamSpec& spec : *registry_.specs(id, name)) {
    if (spec.default_value) result.values[spec.name] = to_json(*spec.default_value);
  }
  for (const Assignment& assignment : section.assignments) {
    const ParamPath path{id, assignment.key};
    if (path.is_selector()) continue;
    const ParamSpec* spec = registry_.spec(id, name, assignment.key);
    if (!spec) {
      read_undeclared(id, name, assignment, result);
      continue;
    }
    const auto& context = space_.context(assignment.value->place);
    const auto value = read_param(to_string(path), *assignment.value, *spec, context, problems_);
    if (value) result.values[assignment.key] = to_json(*value);
  }
}

std::string Resolver::base_name(SectionId id) const { return selected_name(registry_, id, space_.base[index_of(id)]); }

bool Resolver::is_used_elsewhere(SectionId id, const std::string& key) const {
  const auto& used = used_[index_of(id)];
  return std::any_of(used.begin(), used.end(), [&](const auto& name) { return registry_.spec(id, name, key); });
}

// A value is dropped rather than refused when it belongs to something that the experiment does choose, or chose before
// the command line did.
bool Resolver::may_be_dropped(SectionId id, const Assignment& assignment) const {
  if (!selector_key(id)) return false;
  if (is_used_elsewhere(id, assignment.key) && assignment.layer != Layer::trial) return assignment.layer != Layer::axis;
  if (assignment.layer == Layer::trial)
    return forced_[index_of(id)] && !registry_.names_with(id, assignment.key).empty();
  if (assignment.layer != Layer::file) return false;
  const std::string own = base_name(id);
  const bool cannot_judge = !own.empty() && !registry_.specs(id, own);
  return cannot_judge || registry_.spec(id, own, assignment.key);
}

void Resolver::read_undeclared(SectionId id, const std::string& name, const Assignment& assignment,
                               ResolvedSection& result) {
  if (may_be_dropped(id, assignment)) {
    result.drops.push_back(
        {{id, assignment.key}, assignment.key_place, to_text(*assignment.value), Registry::noun(id, name)});
  } else {
    refuse_undeclared(id, name, assignment);
  }
}

void Resolver::refuse_undeclared(SectionId id, const std::string& name, const Assignment& assignment) {
  if (assignment.layer == Layer::axis) {
    problems_.add(assignment.key_place, "the axis " + to_string(ParamPath{id, assignment.key}) + " does not fit " +
                                            Registry::noun(id, name) + ", which has no such parameter" +
                                            when_hint(id, assignment.key));
    return;
  }
  // Of the file's own slips the file's own plugin speaks, not each arm's.
  const std::string own = base_name(id);
  const std::string& speaker = assignment.layer == Layer::file && registry_.specs(id, own) ? own : name;
  std::vector<std::string> valid = config::names_of(*registry_.specs(id, speaker));
  for (const SectionId inner : kSections) {
    if (outer_section(inner) == id) valid.emplace_back(section_key(inner));
  }
  if (selector_key(id)) valid.insert(valid.begin(), selector_key(id));
  problems_.add(assignment.key_place, config::unknown_key(assignment.key, Registry::title(id, speaker), valid));
}

std::string Resolver::when_hint(SectionId id, const std::string& key) const {
  std::vector<std::string> owners;
  for (const std::string& name : used_[index_of(id)]) {
    if (registry_.spec(id, name, key)) owners.push_back(name);
  }
  return owners.empty() ? "" : "; add " + as_when(to_string(selector_of(id)), owners);
}

void Resolver::require(SectionId id, const std::string& name, const Section& section) {
  for (const ParamSpec& spec : *registry_.specs(id, name)) {
    const std::string path = to_string(ParamPath{id, spec.name});
    if (spec.default_value || section.find(spec.name) || excused_.count(path) > 0) continue;
    const std::string whose = selector_key(id) ? " by " + Registry::noun(id, name) : "";
    problems_.add(section.place, path + " is required" + whose + (spec.doc.empty() ? "" : " (" + spec.doc + ")"));
  }
}

// Rules of the framework's own sections that no single schema can state.
void Resolver::check_rules(SectionId id, const Section& section, const ResolvedSection& result) {
  if (id == SectionId::train) {
    const auto device = result.values.at("device").get<std::string>();
    if (!is_device(device)) {
      problems_.add(place_of(section, "device"),
                    "train.device must be auto, cpu, cuda or cuda:N, found \"" + device + "\"");
    }
  }
  if (id == SectionId::samples) check_samples(section, result);
  if (id == SectionId::optimizer && result.values.value("nesterov", false) && result.values.at("momentum") == 0.0) {
    problems_.add(place_of(section, "nesterov"), "train.optimizer.nesterov needs a momentum greater than 0");
  }
  if (id == SectionId::early_stopping) require_patience(section);
}

// Without it the section's other values would be passed over in silence: early stopping is off.
void Resolver::require_patience(const Section& section) {
  const std::string path = to_string(ParamPath{SectionId::early_stopping, "patience"});
  if (section.assignments.empty() || section.find("patience") || excused_.count(path) > 0) return;
  problems_.add(section.place,
                path + " is required beside " + section.assignments.front().key + "; 0 turns early stopping off");
}

void Resolver::check_samples(const Section& section, const ResolvedSection& result) {
  try {
    options_from<SampleOptions>(result.values).check();
  } catch (const OptionError& error) {
    problems_.add(place_of(section, error.option().c_str()), "samples." + std::string(error.what()));
  }
}

void Resolver::check_base() {
  for (const SectionId id : kSections) {
    for (const Assignment& assignment : space_.base[index_of(id)].assignments) {
      const ParamPath path{id, assignment.key};
      if (path.is_selector()) continue;
      const ParamSpec* spec = registry_.spec(id, base_name(id), assignment.key);
      for (const std::string& name : used_[index_of(id)]) {
        if (!spec) spec = registry_.spec(id, name, assignment.key);
      }
      if (spec) read_param(to_string(path), *assignment.value, *spec, space_.file_context, problems_);
    }
  }
}

}  // namespace runner::sweep
