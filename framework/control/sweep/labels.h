// What people call an arm.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "control/sweep/space.h"

namespace runner::sweep {

// For each dotted path the shortest ending that no other path of the list has: "num_layers", but "model.plugin" beside
// "data.plugin". The experiment's own `name` counts as one of the paths.
std::map<std::string, std::string> shortest_endings(const std::vector<std::string>& paths);

// Borrows the space.
class Labels {
 public:
  explicit Labels(const Space& space);

  // "GRU scratch", "num_layers=6", or both joined by ", ". Empty when nothing varies.
  std::string of(const Arm& arm) const;

 private:
  std::string of_entry(const TrialEntry& entry) const;
  std::string setting(const ParamPath& path, const std::string& text) const;

  const Space& space_;
  std::map<std::string, std::string> endings_;
};

}  // namespace runner::sweep
