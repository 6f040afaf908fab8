#include "control/sweep/conditions.h"

#include <algorithm>

#include "common/params_json.h"
#include "control/sweep/vocabulary.h"

namespace runner::sweep {

using config::Kind;
using config::Node;
using config::NodePtr;
using config::Problems;

namespace {

std::optional<Json> typed(const Node& node, const ParamSpec& spec, const config::ReadContext& context) {
  Problems ignored;
  const auto value = read_param("", node, spec, context, ignored);
  if (!value) return std::nullopt;
  return to_json(*value);
}

}  // namespace

std::string selected_name(const Registry& registry, SectionId id, const Section& section) {
  if (!selector_key(id)) return "";
  const Assignment* selector = section.find(selector_key(id));
  if (!selector) return registry.default_name(id);
  return selector->value->kind == Kind::scalar ? selector->value->text : "";
}

bool ConditionJudge::is_active(const Axis& axis, const std::vector<int>& picks) const {
  return std::all_of(axis.when.begin(), axis.when.end(), [&](const Condition& c) { return holds(c, picks); });
}

bool ConditionJudge::holds(const Condition& condition, const std::vector<int>& picks) const {
  const auto actual = value(condition.path, picks);
  if (!actual) return false;
  const bool selects = condition.path.is_selector();
  const ParamSpec* spec =
      selects ? &selector_spec()
              : registry_.spec(condition.path.section, name(condition.path.section, picks), condition.path.key);
  return std::any_of(condition.values.begin(), condition.values.end(), [&](const NodePtr& wanted) {
    return typed(*wanted, *spec, space_.context(wanted->place)) == actual;
  });
}

const Node* ConditionJudge::stated(const ParamPath& path, const std::vector<int>& picks) const {
  const Axis* axis = space_.axis(path);
  const int pick = axis ? picks[static_cast<size_t>(axis - space_.axes.data())] : kInactive;
  if (pick != kInactive) return axis->values[static_cast<size_t>(pick)].get();
  const Assignment* assignment = sections_[index_of(path.section)].find(path.key);
  return assignment ? assignment->value.get() : nullptr;
}

std::string ConditionJudge::name(SectionId id, const std::vector<int>& picks) const {
  if (!selector_key(id)) return "";
  const Node* selector = stated(selector_of(id), picks);
  if (!selector) return registry_.default_name(id);
  return selector->kind == Kind::scalar ? selector->text : "";
}

std::optional<Json> ConditionJudge::value(const ParamPath& path, const std::vector<int>& picks) const {
  if (path.is_selector()) return Json(name(path.section, picks));
  const ParamSpec* spec = registry_.spec(path.section, name(path.section, picks), path.key);
  if (!spec) return std::nullopt;
  const Node* node = stated(path, picks);
  if (node) return typed(*node, *spec, space_.context(node->place));
  if (!spec->default_value) return std::nullopt;
  return to_json(*spec->default_value);
}

}  // namespace runner::sweep
