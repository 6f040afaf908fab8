// The search space of a sweep: the experiment's base, what its trials change, and what the command line fixes.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "control/config/param_reader.h"
#include "control/sweep/sections.h"

namespace runner::sweep {

// One line of a `when:`: the parameter has one of these values.
struct Condition {
  ParamPath path;
  config::Place place;
  std::vector<config::NodePtr> values;
};

// One entry of `sweep.parameters`.
struct Axis {
  ParamPath path;
  config::Place place;
  std::vector<config::NodePtr> values;
  std::vector<std::string> texts;  // of the values, for labels
  std::vector<Condition> when;     // all must hold
};

// One entry of `sweep.trials`.
struct TrialEntry {
  config::Place place, label_place;
  std::string label;  // as written; empty: generated from `changes`
  std::vector<std::pair<ParamPath, std::string>> changes;
  Sections sections;
};

// One configuration of the sweep. `picks[a]` is the index into the values of axis a, or kInactive.
struct Arm {
  size_t entry = 0;
  std::vector<int> picks;
};
inline constexpr int kInactive = -1;

// All members are set once and then only read.
struct Space {
  Sections base;                            // of the file
  Sections overrides;                       // of the command line
  std::vector<TrialEntry> entries;          // at least one
  std::vector<Axis> axes;                   // in the order of the file; no path twice
  std::vector<std::vector<size_t>> groups;  // axes that are walked together; each axis is in one group
  config::ReadContext file_context, command_line_context;

  // The file's section under the trial's changes under the command line's; axes are still to be set.
  Section section(SectionId id, size_t entry) const;
  Sections sections(size_t entry) const;
  // Sets what an arm picks from the axes.
  Section with_picks(Section section, SectionId id, const std::vector<int>& picks) const;

  // What relative paths in a value are relative to, which depends on where it was written.
  const config::ReadContext& context(const config::Place& place) const;
  // The axis over that path, or nullptr.
  const Axis* axis(const ParamPath& path) const;
};

}  // namespace runner::sweep
