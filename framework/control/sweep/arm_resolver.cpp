#include "control/sweep/arm_resolver.h"

#include <algorithm>

#include "control/sweep/conditions.h"
#include "control/sweep/cross_rules.h"

namespace runner::sweep {
namespace {

using UsedNames = std::array<std::set<std::string>, kSectionCount>;

constexpr size_t kNoEntry = static_cast<size_t>(-1);

// What the selector of one section says in any arm.
std::set<std::string> used_names(const Space& space, const Registry& registry, const std::vector<Arm>& arms,
                                 SectionId id) {
  std::set<std::string> used;
  const Axis* axis = space.axis(selector_of(id));
  const size_t axis_index = axis ? static_cast<size_t>(axis - space.axes.data()) : 0;
  size_t entry = kNoEntry;
  for (const Arm& arm : arms) {
    const int pick = axis ? arm.picks[axis_index] : kInactive;
    if (pick != kInactive) {
      used.insert(axis->values[static_cast<size_t>(pick)]->text);
    } else if (arm.entry != entry) {
      entry = arm.entry;
      used.insert(selected_name(registry, id, space.section(id, entry)));
    }
  }
  return used;
}

UsedNames all_used_names(const Space& space, const Registry& registry, const std::vector<Arm>& arms) {
  UsedNames used;
  for (const SectionId id : kSections) {
    used[index_of(id)] = selector_key(id) ? used_names(space, registry, arms, id) : std::set<std::string>{""};
  }
  return used;
}

bool is_same(const Drop& a, const Drop& b) {
  return a.path == b.path && a.chosen == b.chosen && a.text == b.text && to_string(a.place) == to_string(b.place);
}

}  // namespace

ArmResolver::ArmResolver(const Space& space, const Registry& registry, const std::vector<Arm>& arms,
                         std::set<std::string> excused, config::Problems& problems)
    : space_(space),
      problems_(problems),
      is_complete_(excused.empty()),
      resolver_(space, registry, all_used_names(space, registry, arms), std::move(excused), problems),
      entry_(kNoEntry) {
  const size_t before = problems_.count();
  resolver_.check_base();
  has_failed_ = problems_.count() > before;
}

Json ArmResolver::resolve(const Arm& arm, const std::string& label) {
  if (arm.entry != entry_) set_entry(arm.entry);
  const size_t before = problems_.count();
  bool is_sound = is_complete_;
  Json config = Json::object();
  for (const SectionId id : kSections) {
    const auto resolved = section(id, arm);
    count_drops(*resolved, label);
    is_sound = is_sound && resolved->is_sound;
    const auto outer = outer_section(id);
    (outer ? config[section_key(*outer)] : config)[section_key(id)] = resolved->values;
  }
  if (is_sound)
    check_across_sections(
        config, [&](SectionId id) { return layered(id, arm); }, problems_);
  has_failed_ = has_failed_ || problems_.count() > before;
  return config;
}

Section ArmResolver::layered(SectionId id, const Arm& arm) const {
  return space_.with_picks(space_.section(id, arm.entry), id, arm.picks);
}

void ArmResolver::set_entry(size_t entry) {
  entry_ = entry;
  for (SectionCache& cache : entry_caches_) cache.clear();
}

std::vector<int> ArmResolver::picks_within(SectionId id, const Arm& arm) const {
  std::vector<int> picks;
  for (size_t i = 0; i < space_.axes.size(); ++i) {
    if (space_.axes[i].path.section == id) picks.push_back(arm.picks[i]);
  }
  return picks;
}

std::shared_ptr<const ResolvedSection> ArmResolver::section(SectionId id, const Arm& arm) {
  const bool is_changed = space_.entries[arm.entry].sections[index_of(id)].stated;
  SectionCache& cache = (is_changed ? entry_caches_ : shared_caches_)[index_of(id)];
  std::shared_ptr<const ResolvedSection>& cached = cache[picks_within(id, arm)];
  if (!cached) {
    cached = std::make_shared<const ResolvedSection>(resolver_.resolve(id, layered(id, arm)));
  }
  return cached;
}

void ArmResolver::count_drops(const ResolvedSection& section, const std::string& label) {
  for (const Drop& drop : section.drops) {
    const auto same = std::find_if(drops_.begin(), drops_.end(), [&](const auto& d) { return is_same(d.drop, drop); });
    if (same == drops_.end()) {
      drops_.push_back({drop, label, 1});
    } else {
      ++same->arms;
    }
  }
}

void ArmResolver::add_warnings(std::vector<std::string>& warnings) const {
  for (const DropCount& count : drops_) {
    const Drop& drop = count.drop;
    const std::string arm = count.first_label.empty() ? "" : " in arm \"" + count.first_label + "\"";
    const std::string more = count.arms > 1 ? " and " + std::to_string(count.arms - 1) + " more" : "";
    warnings.push_back(to_string(drop.place) + ": " + to_string(drop.path) + " = " + drop.text + " is dropped" + arm +
                       more + ": " + drop.chosen + " has no such parameter");
  }
}

}  // namespace runner::sweep
