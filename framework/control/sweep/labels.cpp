#include "control/sweep/labels.h"

#include <algorithm>
#include <set>

namespace runner::sweep {
namespace {

bool ends_with(const std::string& path, const std::string& ending) {
  if (path == ending) return true;
  const std::string dotted = "." + ending;
  return path.size() > dotted.size() && path.compare(path.size() - dotted.size(), dotted.size(), dotted) == 0;
}

std::string shortest_ending(const std::string& path, const std::vector<std::string>& others) {
  for (size_t dot = path.rfind('.'); dot != std::string::npos && dot > 0; dot = path.rfind('.', dot - 1)) {
    std::string ending = path.substr(dot + 1);
    const bool shared = std::any_of(others.begin(), others.end(), [&](const std::string& other) {
      return other != path && ends_with(other, ending);
    });
    if (!shared) return ending;
  }
  return path;
}

}  // namespace

std::map<std::string, std::string> shortest_endings(const std::vector<std::string>& paths) {
  std::set<std::string> distinct(paths.begin(), paths.end());
  distinct.insert("name");
  const std::vector<std::string> all(distinct.begin(), distinct.end());
  std::map<std::string, std::string> endings;
  for (const std::string& path : all) endings[path] = shortest_ending(path, all);
  return endings;
}

Labels::Labels(const Space& space) : space_(space) {
  std::set<std::string> paths;
  for (const Axis& axis : space.axes) paths.insert(to_string(axis.path));
  for (const TrialEntry& entry : space.entries) {
    for (const auto& [path, text] : entry.changes) paths.insert(to_string(path));
  }
  endings_ = shortest_endings({paths.begin(), paths.end()});
}

std::string Labels::of(const Arm& arm) const {
  std::string label = of_entry(space_.entries[arm.entry]);
  for (size_t i = 0; i < space_.axes.size(); ++i) {
    if (arm.picks[i] == kInactive) continue;
    const Axis& axis = space_.axes[i];
    label += (label.empty() ? "" : ", ") + setting(axis.path, axis.texts[static_cast<size_t>(arm.picks[i])]);
  }
  return label;
}

std::string Labels::of_entry(const TrialEntry& entry) const {
  if (!entry.label.empty()) return entry.label;
  std::string label;
  for (const auto& [path, text] : entry.changes) label += (label.empty() ? "" : ", ") + setting(path, text);
  return label.empty() && space_.entries.size() > 1 ? "base" : label;
}

std::string Labels::setting(const ParamPath& path, const std::string& text) const {
  return endings_.at(to_string(path)) + "=" + text;
}

}  // namespace runner::sweep
