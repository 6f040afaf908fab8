// `sweep.parameters`, `when:` and `zip:`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/config/problems.h"
#include "control/sweep/space.h"
#include "control/sweep/vocabulary.h"

namespace runner::sweep {

// values, min, max, distribution, count, when; and those of them that make a range.
const std::vector<std::string>& axis_fields();
const std::vector<std::string>& range_fields();
bool is_axis_field(std::string_view name);

// The value as labels show it: canonical where the parameter is known, as written for paths.
std::string label_text(const config::Node& node, const ParamSpec* spec);

// One entry of `parameters`, or nothing with the reason in `problems` (or when no plugin is there to judge it by).
std::optional<Axis> read_axis(const config::Entry& entry, const Vocabulary& vocabulary,
                              const config::ReadContext& context, config::Problems& problems);

// The lines of a `when:`.
std::vector<Condition> read_conditions(const config::Node& when, const std::string& where, const Vocabulary& vocabulary,
                                       const config::ReadContext& context, config::Problems& problems);

// The groups of a `zip:` (may be nullptr) as lists of axes' indices; an axis that no list names is a group of its own.
// Paths of `dropped` are passed over.
std::vector<std::vector<size_t>> read_groups(const config::Node* zip, const std::vector<Axis>& axes,
                                             const std::vector<std::string>& dropped, config::Problems& problems);

}  // namespace runner::sweep
