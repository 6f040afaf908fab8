#include "control/sweep/sections.h"

#include <algorithm>
#include <utility>

#include "control/config/param_reader.h"

namespace runner::sweep {

using config::Entry;
using config::Kind;
using config::Node;
using config::Problems;

namespace {

struct Traits {
  const char* path;
  const char* key;
  std::optional<SectionId> outer;
  const char* selector;
};

const Traits& traits(SectionId id) {
  static constexpr Traits kTraits[kSectionCount] = {
      {"data", "data", std::nullopt, "plugin"},
      {"model", "model", std::nullopt, "plugin"},
      {"train", "train", std::nullopt, nullptr},
      {"train.optimizer", "optimizer", SectionId::train, "name"},
      {"train.schedule", "schedule", SectionId::train, "name"},
      {"train.early_stopping", "early_stopping", SectionId::train, nullptr},
      {"train.checkpoint", "checkpoint", SectionId::train, nullptr},
      {"samples", "samples", std::nullopt, nullptr}};
  return kTraits[index_of(id)];
}

bool is_section_mapping(const Node& node, SectionId id, const std::string& where, Problems& problems) {
  if (node.kind != Kind::scalar || !selector_key(id))
    return config::is_mapping(where + section_path(id), node, problems);
  problems.add(node.place, where + section_path(id) + " must be a mapping of keys to values, found " + describe(node) +
                               "; write {" + selector_key(id) + ": " + node.text + "}");
  return false;
}

void read_section(const Entry& entry, SectionId id, Layer layer, const std::string& where, Sections& sections,
                  Problems& problems) {
  Section& section = sections[index_of(id)];
  section.stated = true;
  section.place = entry.key_place;
  section.broken = !is_section_mapping(*entry.value, id, where, problems);
  if (section.broken) return;
  for (const Entry& param : entry.value->entries) {
    if (const auto inner = section_in(id, param.key)) {
      read_section(param, *inner, layer, where, sections, problems);
    } else {
      section.set({param.key, param.key_place, param.value, layer});
    }
  }
}

}  // namespace

const char* section_path(SectionId id) { return traits(id).path; }

const char* section_key(SectionId id) { return traits(id).key; }

std::optional<SectionId> outer_section(SectionId id) { return traits(id).outer; }

std::optional<SectionId> section_in(std::optional<SectionId> outer, std::string_view key) {
  for (const SectionId id : kSections) {
    if (outer_section(id) == outer && key == section_key(id)) return id;
  }
  return std::nullopt;
}

const char* selector_key(SectionId id) { return traits(id).selector; }

bool operator==(const ParamPath& a, const ParamPath& b) { return a.section == b.section && a.key == b.key; }

std::string to_string(const ParamPath& path) { return std::string(section_path(path.section)) + "." + path.key; }

ParamPath selector_of(SectionId id) { return {id, selector_key(id)}; }

std::optional<ParamPath> parse_param_path(std::string_view dotted) {
  std::optional<ParamPath> longest;
  for (const SectionId id : kSections) {
    const std::string prefix = std::string(section_path(id)) + ".";
    const bool inside = dotted.size() > prefix.size() && dotted.substr(0, prefix.size()) == prefix;
    if (inside) longest = ParamPath{id, std::string(dotted.substr(prefix.size()))};
  }
  return longest;
}

const Assignment* Section::find(std::string_view key) const {
  const auto found =
      std::find_if(assignments.begin(), assignments.end(), [&](const Assignment& other) { return other.key == key; });
  return found == assignments.end() ? nullptr : &*found;
}

void Section::set(Assignment assignment) {
  if (const Assignment* existing = find(assignment.key)) {
    assignments[static_cast<size_t>(existing - assignments.data())] = std::move(assignment);
  } else {
    assignments.push_back(std::move(assignment));
  }
}

Sections read_sections(const Node& mapping, Layer layer, const std::string& where, Problems& problems) {
  Sections sections;
  for (Section& section : sections) section.place = mapping.place;
  for (const Entry& entry : mapping.entries) {
    if (const auto id = section_in(std::nullopt, entry.key)) {
      read_section(entry, *id, layer, where, sections, problems);
    }
  }
  for (const SectionId id : kSections) {
    Section& section = sections[index_of(id)];
    if (const auto outer = outer_section(id); outer && !section.stated) {
      section.place = sections[index_of(*outer)].place;
    }
  }
  return sections;
}

std::string unknown_or_dotted_key(const std::string& key, const std::string& where,
                                  const std::vector<std::string>& valid) {
  const auto path = parse_param_path(key);
  if (!path) return config::unknown_key(key, where, valid);
  return "unknown key \"" + key + "\" in " + where +
         "; write the part after the dot below the part before it: " + key.substr(0, key.find('.')) + ": {" +
         key.substr(key.find('.') + 1) + ": …}";
}

Section overlay(Section base, const Section& over) {
  if (over.stated) base.place = over.place;
  base.stated = base.stated || over.stated;
  base.broken = base.broken || over.broken;
  for (const Assignment& assignment : over.assignments) base.set(assignment);
  return base;
}

}  // namespace runner::sweep
