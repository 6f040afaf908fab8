#include "control/sweep/space.h"

#include <algorithm>

namespace runner::sweep {

Section Space::section(SectionId id, size_t entry) const {
  const size_t index = index_of(id);
  return overlay(overlay(base[index], entries[entry].sections[index]), overrides[index]);
}

Sections Space::sections(size_t entry) const {
  Sections result;
  for (const SectionId id : kSections) result[index_of(id)] = section(id, entry);
  return result;
}

Section Space::with_picks(Section section, SectionId id, const std::vector<int>& picks) const {
  for (size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].path.section != id || picks[i] == kInactive) continue;
    section.set({axes[i].path.key, axes[i].place, axes[i].values[static_cast<size_t>(picks[i])], Layer::axis});
  }
  return section;
}

const config::ReadContext& Space::context(const config::Place& place) const {
  return place.line == 0 ? command_line_context : file_context;
}

const Axis* Space::axis(const ParamPath& path) const {
  const auto found = std::find_if(axes.begin(), axes.end(), [&](const Axis& axis) { return axis.path == path; });
  return found == axes.end() ? nullptr : &*found;
}

}  // namespace runner::sweep
