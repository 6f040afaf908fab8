#include "control/sweep/trial_entries.h"

#include <algorithm>
#include <unordered_map>

#include "control/sweep/axes.h"

namespace runner::sweep {

using config::Entry;
using config::Kind;
using config::Node;
using config::NodePtr;
using config::Place;
using config::Problems;

namespace {

constexpr const char* kLabel = "label";

const std::vector<std::string>& entry_keys() {
  static const std::vector<std::string> keys = {kLabel, "data", "model", "train", "samples"};
  return keys;
}

class EntriesReader {
 public:
  explicit EntriesReader(Problems& problems) : problems_(problems) {}

  std::vector<TrialEntry> read(const Entry& trials) {
    const Node& list = *trials.value;
    if (list.kind != Kind::sequence || list.items.empty()) {
      problems_.add(list.place, "sweep.trials must be a list of partial configurations, found " +
                                    (list.kind == Kind::sequence ? "an empty list" : describe(list)));
      return {};
    }
    std::vector<TrialEntry> entries;
    for (size_t i = 0; i < list.items.size(); ++i) {
      entries.push_back(read_entry(*list.items[i], "sweep.trials[" + std::to_string(i) + "]"));
    }
    return entries;
  }

 private:
  TrialEntry read_entry(const Node& node, const std::string& where) {
    TrialEntry entry;
    entry.place = node.place;
    if (!config::is_mapping(where, node, problems_)) return entry;
    const auto& keys = entry_keys();
    for (const Entry& item : node.entries) {
      if (std::find(keys.begin(), keys.end(), item.key) == keys.end()) {
        problems_.add(item.key_place, unknown_or_dotted_key(item.key, where, keys));
      }
    }
    entry.sections = read_sections(node, Layer::trial, where + ".", problems_);
    if (const Entry* label = node.find(kLabel)) read_label(*label->value, where, entry);
    return entry;
  }

  void read_label(const Node& node, const std::string& where, TrialEntry& entry) {
    ParamSpec spec;
    spec.type = ParamType::text;
    const auto value = read_param(where + ".label", node, spec, {}, problems_);
    if (!value) return;
    entry.label = std::get<std::string>(*value);
    entry.label_place = node.place;
    if (entry.label.empty()) return problems_.add(node.place, where + ".label is empty");
    const auto [first, is_new] = labels_.emplace(entry.label, node.place);
    if (is_new) return;
    problems_.add(node.place, "duplicate label \"" + entry.label + "\"; it is already at " + to_string(first->second));
  }

  Problems& problems_;
  std::unordered_map<std::string, Place> labels_;
};

// The entries whose value for `fixed` is taken away.
size_t drop_from_entries(std::vector<TrialEntry>& entries, SectionId id, const std::string& key, Place& first) {
  size_t dropped = 0;
  for (TrialEntry& entry : entries) {
    auto& assignments = entry.sections[index_of(id)].assignments;
    const auto found =
        std::find_if(assignments.begin(), assignments.end(), [&](const Assignment& a) { return a.key == key; });
    if (found == assignments.end()) continue;
    if (dropped++ == 0) first = found->key_place;
    assignments.erase(found);
  }
  return dropped;
}

}  // namespace

std::vector<TrialEntry> read_trial_entries(const Entry* trials, Problems& problems) {
  std::vector<TrialEntry> entries;
  if (trials) entries = EntriesReader(problems).read(*trials);
  if (entries.empty()) entries.emplace_back();
  return entries;
}

void drop_fixed_values(Space& space, std::vector<std::string>& warnings) {
  for (const SectionId id : kSections) {
    for (const Assignment& fixed : space.overrides[index_of(id)].assignments) {
      Place first;
      const size_t dropped = drop_from_entries(space.entries, id, fixed.key, first);
      if (dropped == 0) continue;
      warnings.push_back(
          "command line: " + to_string(ParamPath{id, fixed.key}) + "=" + to_text(*fixed.value) +
          " fixes what the sweep varies; the value at " + to_string(first) +
          (dropped > 1 ? " and in " + std::to_string(dropped - 1) + (dropped > 2 ? " more trials" : " more trial")
                       : "") +
          " is dropped");
    }
  }
}

void name_changes(Space& space, const Vocabulary& vocabulary) {
  for (TrialEntry& entry : space.entries) {
    if (!entry.label.empty()) continue;
    for (const SectionId id : kSections) {
      for (const Assignment& assignment : entry.sections[index_of(id)].assignments) {
        const ParamPath path{id, assignment.key};
        entry.changes.emplace_back(path, label_text(*assignment.value, vocabulary.spec(path)));
      }
    }
  }
}

}  // namespace runner::sweep
