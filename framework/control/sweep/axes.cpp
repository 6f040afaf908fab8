#include "control/sweep/axes.h"

#include <algorithm>
#include <set>

#include "common/params_json.h"
#include "common/text.h"
#include "control/sweep/ranges.h"

namespace runner::sweep {

using config::Entry;
using config::Kind;
using config::Node;
using config::NodePtr;
using config::Problems;
using config::ReadContext;

namespace {

bool is_section(std::string_view path) {
  return std::any_of(kSections.begin(), kSections.end(), [&](SectionId id) { return path == section_path(id); });
}

bool contains(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// What `parameters:` says about one path.
class AxisReader {
 public:
  AxisReader(const Entry& entry, const Vocabulary& vocabulary, const ReadContext& context, Problems& problems)
      : entry_(entry),
        where_("sweep.parameters." + entry.key),
        vocabulary_(vocabulary),
        context_(context),
        problems_(problems) {}

  std::optional<Axis> read() {
    const auto path = parse_param_path(entry_.key);
    if (path && !vocabulary_.can_judge(path->section) && !path->is_selector()) return std::nullopt;
    spec_ = path ? vocabulary_.spec(*path) : nullptr;
    if (!spec_) return refuse_path();
    if (!has_shape()) return std::nullopt;
    Axis axis;
    axis.path = *path;
    axis.place = entry_.key_place;
    axis.values = read_values();
    for (const NodePtr& value : axis.values) axis.texts.push_back(label_text(*value, spec_));
    if (const Entry* when = node().find("when")) {
      axis.when = read_conditions(*when->value, where_ + ".when", vocabulary_, context_, problems_);
    }
    if (axis.values.empty()) return std::nullopt;
    return axis;
  }

 private:
  const Node& node() const { return *entry_.value; }

  std::nullopt_t refuse(const config::Place& place, const std::string& message) {
    problems_.add(place, message);
    return std::nullopt;
  }

  std::optional<Axis> refuse_path() {
    if (is_section(entry_.key)) {
      return refuse(entry_.key_place, "an axis is one parameter, written as a dotted path: " + entry_.key +
                                          ".<parameter>: {values: […]}; to vary several together use zip: or trials:");
    }
    return refuse(entry_.key_place, vocabulary_.unknown_path(entry_.key));
  }

  bool has_shape() {
    if (node().kind != Kind::mapping) {
      const std::string example = node().kind == Kind::sequence ? "values: " + to_text(node()) : "values: […]";
      refuse(node().place, where_ + " must be a mapping, found " + describe(node()) + "; write {" + example + "}");
      return false;
    }
    bool known = true;
    for (const Entry& field : node().entries) {
      if (is_axis_field(field.key)) continue;
      refuse(field.key_place, config::unknown_key(field.key, where_, axis_fields()));
      known = false;
    }
    return known;
  }

  std::vector<NodePtr> read_values() {
    const Entry* values = node().find("values");
    const Entry* range = nullptr;
    for (const std::string& field : range_fields()) {
      if (!range) range = node().find(field);
    }
    if (values && range) {
      refuse(range->key_place, where_ + " has values and " + range->key + "; keep the values or the range");
    } else if (values) {
      return read_list(*values);
    } else if (range) {
      return range_points(entry_, *spec_, context_, problems_);
    } else {
      refuse(entry_.key_place, where_ + " needs values: […], or min:, max: and count:");
    }
    return {};
  }

  std::vector<NodePtr> read_list(const Entry& values) {
    const Node& list = *values.value;
    if (list.kind != Kind::sequence) {
      refuse(list.place, where_ + ".values must be a list, found " + describe(list));
    } else if (list.items.empty()) {
      refuse(list.place, where_ + ".values is an empty list");
    } else {
      check_values(list.items);
    }
    return list.items;
  }

  // The arms check each value too, by what their own plugin declares; here for those that no arm comes to.
  void check_values(const std::vector<NodePtr>& values) {
    std::set<std::string> seen;
    for (const NodePtr& value : values) {
      const auto read = read_param(entry_.key, *value, *spec_, context_, problems_);
      if (read && !seen.insert(to_json(*read).dump()).second) {
        refuse(value->place, where_ + ".values has " + label_text(*value, spec_) + " more than once");
      }
    }
  }

  const Entry& entry_;
  const std::string where_;
  const Vocabulary& vocabulary_;
  const ReadContext& context_;
  Problems& problems_;
  const ParamSpec* spec_ = nullptr;
};

std::vector<NodePtr> condition_values(const Node& node, const std::string& where, Problems& problems) {
  if (node.kind == Kind::sequence && !node.items.empty()) return node.items;
  if (node.kind == Kind::scalar) return {std::make_shared<const Node>(node)};
  problems.add(node.place, where + " must be a value or a list of values, found " +
                               (node.kind == Kind::sequence ? "an empty list" : describe(node)));
  return {};
}

std::optional<Condition> read_condition(const Entry& entry, const std::string& where, const Vocabulary& vocabulary,
                                        const ReadContext& context, Problems& problems) {
  const auto path = parse_param_path(entry.key);
  if (path && !path->is_selector() && !vocabulary.can_judge(path->section)) return std::nullopt;
  const ParamSpec* spec = path ? vocabulary.spec(*path) : nullptr;
  if (!spec) {
    problems.add(entry.key_place, vocabulary.unknown_path(entry.key));
    return std::nullopt;
  }
  Condition condition{*path, entry.key_place, condition_values(*entry.value, where + "." + entry.key, problems)};
  for (const NodePtr& value : condition.values) read_param(entry.key, *value, *spec, context, problems);
  return condition;
}

// Takes the axes that one list of `zip:` names.
class ZipReader {
 public:
  ZipReader(const std::vector<Axis>& axes, const std::vector<std::string>& dropped, Problems& problems)
      : axes_(axes), dropped_(dropped), problems_(problems) {}

  std::vector<size_t> read(const Node& list) {
    std::vector<size_t> group;
    if (list.kind != Kind::sequence || list.items.size() < 2) {
      problems_.add(list.place, "each entry of sweep.zip is a list of at least two axes, found " + describe(list));
      return group;
    }
    for (const NodePtr& item : list.items) add(*item, group);
    check_lengths(list, group);
    return group;
  }

  bool is_taken(size_t axis) const { return taken_.count(axis) > 0; }

 private:
  void add(const Node& item, std::vector<size_t>& group) {
    if (contains(dropped_, item.text)) return;
    const auto found =
        std::find_if(axes_.begin(), axes_.end(), [&](const Axis& axis) { return to_string(axis.path) == item.text; });
    if (found == axes_.end()) return refuse_unknown(item);
    const auto index = static_cast<size_t>(found - axes_.begin());
    if (!taken_.insert(index).second) {
      return problems_.add(item.place, "sweep.zip names the axis " + item.text + " more than once");
    }
    group.push_back(index);
  }

  void refuse_unknown(const Node& item) {
    std::vector<std::string> paths;
    for (const Axis& axis : axes_) paths.push_back(to_string(axis.path));
    problems_.add(item.place, "sweep.zip names " + describe(item) + ", which is no axis of sweep.parameters" +
                                  config::did_you_mean(item.text, paths));
  }

  void check_lengths(const Node& list, const std::vector<size_t>& group) {
    std::string lengths;
    bool differ = false;
    for (const size_t index : group) {
      const Axis& axis = axes_[index];
      lengths += (lengths.empty() ? "" : ", ") + to_string(axis.path) + " has " + std::to_string(axis.values.size());
      differ = differ || axis.values.size() != axes_[group.front()].values.size();
    }
    if (differ) problems_.add(list.place, "axes of sweep.zip need equally many values: " + lengths);
  }

  const std::vector<Axis>& axes_;
  const std::vector<std::string>& dropped_;
  Problems& problems_;
  std::set<size_t> taken_;
};

}  // namespace

const std::vector<std::string>& axis_fields() {
  static const std::vector<std::string> fields = {"values", "min", "max", "distribution", "count", "when"};
  return fields;
}

const std::vector<std::string>& range_fields() {
  static const std::vector<std::string> fields = {"min", "max", "distribution", "count"};
  return fields;
}

bool is_axis_field(std::string_view name) { return contains(axis_fields(), name); }

std::string label_text(const Node& node, const ParamSpec* spec) {
  if (!spec || spec->type == ParamType::path) return to_text(node);
  Problems ignored;
  const auto value = read_param("", node, *spec, {}, ignored);
  return value ? config::value_text(*value) : to_text(node);
}

std::optional<Axis> read_axis(const Entry& entry, const Vocabulary& vocabulary, const ReadContext& context,
                              Problems& problems) {
  return AxisReader(entry, vocabulary, context, problems).read();
}

std::vector<Condition> read_conditions(const Node& when, const std::string& where, const Vocabulary& vocabulary,
                                       const ReadContext& context, Problems& problems) {
  std::vector<Condition> conditions;
  if (when.kind != Kind::mapping || when.entries.empty()) {
    problems.add(when.place, where + " must be a mapping from a path to a value, such as {model.plugin: lstm}; found " +
                                 describe(when));
  }
  for (const Entry& entry : when.entries) {
    if (auto condition = read_condition(entry, where, vocabulary, context, problems)) conditions.push_back(*condition);
  }
  return conditions;
}

std::vector<std::vector<size_t>> read_groups(const Node* zip, const std::vector<Axis>& axes,
                                             const std::vector<std::string>& dropped, Problems& problems) {
  std::vector<std::vector<size_t>> groups;
  ZipReader reader(axes, dropped, problems);
  if (zip && (zip->kind != Kind::sequence || zip->items.empty())) {
    problems.add(zip->place, "sweep.zip must be a list of lists of axes, such as [[model.hidden_size, train.epochs]]");
  } else if (zip) {
    for (const NodePtr& list : zip->items) groups.push_back(reader.read(*list));
  }
  for (size_t i = 0; i < axes.size(); ++i) {
    if (!reader.is_taken(i)) groups.push_back({i});
  }
  const auto is_empty = [](const auto& group) { return group.empty(); };
  groups.erase(std::remove_if(groups.begin(), groups.end(), is_empty), groups.end());
  return groups;
}

}  // namespace runner::sweep
