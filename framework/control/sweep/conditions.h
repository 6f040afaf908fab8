// Whether an axis takes part in an arm, by its `when:`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/json.h"
#include "control/sweep/registry.h"
#include "control/sweep/space.h"

namespace runner::sweep {

// The name in force: what the section's selector says, else its default; empty when it is missing or unusable.
std::string selected_name(const Registry& registry, SectionId id, const Section& section);

// Answers for one trial entry at a time. Borrows both arguments.
class ConditionJudge {
 public:
  ConditionJudge(const Space& space, const Registry& registry) : space_(space), registry_(registry) {}

  void set_entry(size_t entry) { sections_ = space_.sections(entry); }

  // Whether every condition of the axis holds for the values picked so far. Axes that the conditions depend on must
  // have been picked.
  bool is_active(const Axis& axis, const std::vector<int>& picks) const;

 private:
  // The parameter's value with all layers and defaults, nothing where the chosen plugin has no such parameter.
  std::optional<Json> value(const ParamPath& path, const std::vector<int>& picks) const;
  const config::Node* stated(const ParamPath& path, const std::vector<int>& picks) const;
  std::string name(SectionId id, const std::vector<int>& picks) const;
  bool holds(const Condition& condition, const std::vector<int>& picks) const;

  const Space& space_;
  const Registry& registry_;
  Sections sections_;
};

}  // namespace runner::sweep
