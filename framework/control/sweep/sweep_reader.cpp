#include "control/sweep/sweep_reader.h"

#include <algorithm>

#include "common/text.h"
#include "common/training.h"
#include "control/sweep/axes.h"
#include "control/sweep/conditions.h"
#include "control/sweep/limits.h"
#include "control/sweep/trial_entries.h"
#include "control/sweep/vocabulary.h"

namespace runner::sweep {

using config::Entry;
using config::Kind;
using config::Node;
using config::NodePtr;
using config::Problems;

namespace {

const std::vector<std::string>& sweep_keys() {
  static const std::vector<std::string> keys = {"method", "metric", "seeds", "parameters", "zip", "trials"};
  return keys;
}

ParamSpec choice_spec(std::vector<std::string> choices, const std::string& initial) {
  ParamSpec spec;
  spec.type = ParamType::text;
  spec.choices = std::move(choices);
  spec.default_value = initial;
  return spec;
}

class SweepReader {
 public:
  SweepReader(const Document& document, const Registry& registry, Problems& problems,
              std::vector<std::string>& warnings)
      : document_(document), registry_(registry), problems_(problems), warnings_(warnings) {}

  SweepSpec read(int64_t seed) {
    read_base();
    spec_.seeds = {seed};
    const Entry* entry = document_.merged->find("sweep");
    spec_.place = spec_.metric_place = entry ? entry->key_place : document_.merged->place;
    static const Node nothing;
    sweep_ = entry ? entry->value.get() : &nothing;
    if (config::is_mapping("sweep", *sweep_, problems_) && document_.has_sweep) {
      check_keys();
      read_metric();
      read_seeds();
      check_method();
    }
    read_space();
    return std::move(spec_);
  }

 private:
  const Entry* find(const char* key) const { return sweep_->find(key); }

  void read_base() {
    Space& space = spec_.space;
    space.base = read_sections(*document_.file, Layer::file, "", problems_);
    space.overrides = read_sections(*document_.overrides, Layer::command_line, "", problems_);
    space.file_context = document_.file_context;
    space.command_line_context = document_.command_line_context;
  }

  void check_keys() {
    const auto& keys = sweep_keys();
    for (const Entry& entry : sweep_->entries) {
      if (std::find(keys.begin(), keys.end(), entry.key) != keys.end()) continue;
      problems_.add(entry.key_place, config::unknown_key(entry.key, "sweep", keys));
    }
    if (document_.varies_nothing) {
      problems_.add(spec_.place, "sweep varies nothing: give it parameters:, trials: or seeds:, or remove it");
    }
  }

  void read_metric() {
    const Entry* metric = find("metric");
    if (!metric) return;
    std::vector<ParamSpec> specs = {choice_spec(metric_names(), spec_.metric.name),
                                    choice_spec({"minimize", "maximize"}, "minimize")};
    specs[0].name = "name";
    specs[1].name = "goal";
    const auto values = read_params("sweep.metric", *metric->value, specs, document_.file_context, problems_);
    spec_.metric.name = std::get<std::string>(values.at("name"));
    spec_.metric.minimize = std::get<std::string>(values.at("goal")) == "minimize";
    if (const Entry* name = metric->value->find("name")) spec_.metric_place = name->value->place;
  }

  void read_seeds() {
    const Entry* seeds = find("seeds");
    if (!seeds) return;
    const Node& list = *seeds->value;
    if (list.kind != Kind::sequence || list.items.empty()) {
      problems_.add(list.place, "sweep.seeds must be a list of integers, found " +
                                    (list.kind == Kind::sequence ? "an empty list" : describe(list)));
      return;
    }
    spec_.seeds.clear();
    std::set<int64_t> seen;
    for (const NodePtr& item : list.items) add_seed(*item, seen);
    if (spec_.seeds.empty()) spec_.seeds = {1};
  }

  void add_seed(const Node& item, std::set<int64_t>& seen) {
    const auto value = read_param("sweep.seeds", item, seed_spec(), document_.file_context, problems_);
    if (!value) return;
    const auto seed = std::get<int64_t>(*value);
    if (!seen.insert(seed).second) {
      problems_.add(item.place, "sweep.seeds has " + std::to_string(seed) + " more than once");
    }
    spec_.seeds.push_back(seed);
  }

  void check_method() {
    const Entry* method = find("method");
    if (!method) return;
    const auto value = read_param("sweep.method", *method->value, choice_spec({"grid", "list"}, "grid"),
                                  document_.file_context, problems_);
    if (!value) return;
    const std::string& name = std::get<std::string>(*value);
    if (name == "grid" && !find("parameters")) {
      problems_.add(method->key_place, find("trials")
                                           ? "method grid needs parameters:; for trials: alone write method: list"
                                           : "method grid needs parameters:, the axes of the grid");
    }
    if (name == "list" && !find("trials")) {
      problems_.add(method->key_place, find("parameters")
                                           ? "method list needs trials:; for parameters: alone write method: grid"
                                           : "method list needs trials:, the list of partial configurations");
    }
  }

  void read_space() {
    const Entry* trials = find("trials");
    const NodePtr parameters = parameters_node();
    spec_.space.entries = read_trial_entries(trials, problems_);
    const Vocabulary vocabulary(registry_, candidates(*parameters));
    read_axes(*parameters, vocabulary);
    refuse_contradictions();
    drop_fixed_values(spec_.space, warnings_);
    name_changes(spec_.space, vocabulary);
    const Entry* zip = find("zip");
    spec_.space.groups = read_groups(zip ? zip->value.get() : nullptr, spec_.space.axes, unusable_axes_, problems_);
  }

  NodePtr parameters_node() {
    static const NodePtr nothing = config::make_mapping({}, {});
    const Entry* parameters = find("parameters");
    if (!parameters) return nothing;
    const Node& node = *parameters->value;
    if (!config::is_mapping("sweep.parameters", node, problems_)) return nothing;
    if (node.entries.empty()) {
      problems_.add(parameters->key_place,
                    "sweep.parameters is empty; an axis is a path with its values, such as "
                    "model.hidden_size: {values: [128, 256]}");
    }
    return parameters->value;
  }

  // What each selector may say, from all who may set it.
  Vocabulary::Names candidates(const Node& parameters) const {
    Vocabulary::Names names;
    for (const SectionId id : kSections) {
      if (selector_key(id)) names[index_of(id)] = candidates_of(id, parameters);
    }
    return names;
  }

  std::vector<std::string> candidates_of(SectionId id, const Node& parameters) const {
    const Space& space = spec_.space;
    const size_t index = index_of(id);
    if (space.overrides[index].find(selector_key(id))) return {selected_name(registry_, id, space.overrides[index])};
    std::vector<std::string> names = {selected_name(registry_, id, space.base[index])};
    for (const TrialEntry& entry : space.entries) {
      if (entry.sections[index].find(selector_key(id))) {
        names.push_back(selected_name(registry_, id, entry.sections[index]));
      }
    }
    if (const Entry* axis = parameters.find(to_string(selector_of(id)))) {
      const Entry* values = axis->value->find("values");
      if (values)
        std::transform(values->value->items.begin(), values->value->items.end(), std::back_inserter(names),
                       [](const NodePtr& value) { return value->text; });
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }

  const Assignment* override_of(const ParamPath& path) const {
    return spec_.space.overrides[index_of(path.section)].find(path.key);
  }

  void read_axes(const Node& parameters, const Vocabulary& vocabulary) {
    for (const Entry& entry : parameters.entries) {
      spec_.mentioned.insert(entry.key);
      const auto path = parse_param_path(entry.key);
      if (path && (is_fixed(entry, *path) || has_lost_its_plugin(entry, *path, vocabulary))) {
        unusable_axes_.push_back(entry.key);
        continue;
      }
      auto axis = read_axis(entry, vocabulary, document_.file_context, problems_);
      if (axis) {
        spec_.space.axes.push_back(std::move(*axis));
      } else {
        unusable_axes_.push_back(entry.key);
      }
    }
  }

  bool is_fixed(const Entry& axis, const ParamPath& path) {
    const Assignment* fixed = override_of(path);
    if (!fixed) return false;
    if (axis.key_place.line == 0) {
      problems_.add(axis.key_place, "the command line also fixes " + axis.key + "; keep one of them");
    }
    warnings_.push_back("command line: " + axis.key + "=" + to_text(*fixed->value) +
                        " fixes what the sweep varies; the axis at " + to_string(axis.key_place) + " is dropped");
    return true;
  }

  // The command line chose a plugin without this parameter, but others have it: no slip of the file.
  bool has_lost_its_plugin(const Entry& axis, const ParamPath& path, const Vocabulary& vocabulary) {
    if (!selector_key(path.section) || !vocabulary.can_judge(path.section) || vocabulary.spec(path)) return false;
    if (!override_of(selector_of(path.section)) || registry_.names_with(path.section, path.key).empty()) return false;
    warnings_.push_back(to_string(axis.key_place) + ": the axis " + axis.key +
                        " is dropped: " + Registry::noun(path.section, vocabulary.names(path.section).front()) +
                        ", chosen on the command line, has no such parameter");
    return true;
  }

  // A trial that states what an axis varies leaves open which of them counts.
  void refuse_contradictions() {
    for (const TrialEntry& entry : spec_.space.entries) {
      for (const Axis& axis : spec_.space.axes) {
        const Assignment* stated = entry.sections[index_of(axis.path.section)].find(axis.path.key);
        if (!stated) continue;
        problems_.add(stated->key_place, to_string(axis.path) + " is also an axis of sweep.parameters (" +
                                             to_string(axis.place) + "); a trial cannot set what an axis varies");
      }
    }
  }

  const Document& document_;
  const Registry& registry_;
  Problems& problems_;
  std::vector<std::string>& warnings_;
  const Node* sweep_ = nullptr;
  SweepSpec spec_;
  std::vector<std::string> unusable_axes_;
};

}  // namespace

SweepSpec read_sweep(const Document& document, int64_t seed, const Registry& registry, Problems& problems,
                     std::vector<std::string>& warnings) {
  return SweepReader(document, registry, problems, warnings).read(seed);
}

}  // namespace runner::sweep
