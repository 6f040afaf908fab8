#include "control/sweep/enumerate.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "control/sweep/conditions.h"
#include "control/sweep/limits.h"

namespace runner::sweep {

using config::Place;
using config::Problems;

namespace {

using Group = std::vector<size_t>;

// The axes whose value decides whether `axis` is active.
std::set<size_t> dependencies(const Space& space, const Axis& axis) {
  std::set<size_t> result;
  const auto add = [&](const ParamPath& path) {
    if (const Axis* other = space.axis(path)) result.insert(static_cast<size_t>(other - space.axes.data()));
  };
  for (const Condition& condition : axis.when) {
    add(condition.path);
    if (selector_key(condition.path.section)) add(selector_of(condition.path.section));
  }
  return result;
}

// Puts what an axis depends on before it: groups among each other, and axes within a group.
class Ordering {
 public:
  explicit Ordering(const Space& space) {
    for (const Axis& axis : space.axes) dependencies_.push_back(dependencies(space, axis));
    pending_ = space.groups;
  }

  // Nothing when conditions depend on each other: then `stuck` names an axis that waits for ever.
  std::optional<std::vector<Group>> order(size_t& stuck) {
    std::vector<Group> ordered;
    while (!pending_.empty()) {
      const auto ready = std::find_if(pending_.begin(), pending_.end(), [&](const Group& g) { return is_ready(g); });
      std::optional<Group> members;
      if (ready != pending_.end()) members = order_within(*ready);
      if (!members) {
        stuck = stuck_axis(ready != pending_.end() ? *ready : pending_.front());
        return std::nullopt;
      }
      ordered.push_back(std::move(*members));
      pending_.erase(ready);
    }
    return ordered;
  }

 private:
  bool is_ready(const Group& group) const {
    return std::all_of(group.begin(), group.end(), [&](size_t axis) { return waits_only_for(axis, group); });
  }

  bool waits_only_for(size_t axis, const Group& group) const {
    const auto& needed = dependencies_[axis];
    return std::all_of(needed.begin(), needed.end(), [&](size_t other) {
      return done_.count(other) > 0 || (other != axis && std::find(group.begin(), group.end(), other) != group.end());
    });
  }

  std::optional<Group> order_within(Group group) {
    Group ordered;
    while (!group.empty()) {
      const auto ready =
          std::find_if(group.begin(), group.end(), [&](size_t axis) { return waits_only_for(axis, {}); });
      if (ready == group.end()) return std::nullopt;
      done_.insert(*ready);
      ordered.push_back(*ready);
      group.erase(ready);
    }
    return ordered;
  }

  size_t stuck_axis(const Group& group) const {
    const auto stuck = std::find_if(group.begin(), group.end(), [&](size_t axis) { return !waits_only_for(axis, {}); });
    return stuck == group.end() ? group.front() : *stuck;
  }

  std::vector<std::set<size_t>> dependencies_;
  std::vector<Group> pending_;
  std::set<size_t> done_;
};

class Enumerator {
 public:
  Enumerator(const Space& space, const Registry& registry, std::vector<Group> order, size_t limit)
      : space_(space), judge_(space, registry), order_(std::move(order)), limit_(limit) {}

  // All arms; one more than the limit when there are more.
  std::vector<Arm> run() {
    for (size_t entry = 0; entry < space_.entries.size() && !is_full(); ++entry) {
      judge_.set_entry(entry);
      current_ = {entry, std::vector<int>(space_.axes.size(), kInactive)};
      expand(0);
    }
    std::stable_sort(arms_.begin(), arms_.end(), [](const Arm& a, const Arm& b) {
      return std::tie(a.entry, a.picks) < std::tie(b.entry, b.picks);
    });
    return std::move(arms_);
  }

 private:
  bool is_full() const { return arms_.size() > limit_; }

  void expand(size_t depth) {
    if (is_full()) return;
    if (depth == order_.size()) {
      arms_.push_back(current_);
      return;
    }
    const Group& group = order_[depth];
    const size_t points = space_.axes[group.front()].values.size();
    bool had_inactive = false;
    for (size_t point = 0; point < points && !is_full(); ++point) {
      const bool active = pick(group, static_cast<int>(point));
      if (active || !had_inactive) expand(depth + 1);
      had_inactive = had_inactive || !active;
      if (!active && group.size() == 1) break;
    }
    for (const size_t axis : group) current_.picks[axis] = kInactive;
  }

  // Returns whether any axis of the group is active.
  bool pick(const Group& group, int point) {
    bool any = false;
    for (const size_t axis : group) current_.picks[axis] = kInactive;
    for (const size_t axis : group) {
      if (!judge_.is_active(space_.axes[axis], current_.picks)) continue;
      current_.picks[axis] = point;
      any = true;
    }
    return any;
  }

  const Space& space_;
  ConditionJudge judge_;
  const std::vector<Group> order_;
  const size_t limit_;
  Arm current_;
  std::vector<Arm> arms_;
};

bool has_conditions(const Space& space) {
  return std::any_of(space.axes.begin(), space.axes.end(), [](const Axis& axis) { return !axis.when.empty(); });
}

std::string grouped_digits(int64_t value) {
  std::string digits = std::to_string(value);
  for (auto place = static_cast<int64_t>(digits.size()) - 3; place > 0; place -= 3) {
    digits.insert(static_cast<size_t>(place), ",");
  }
  return digits;
}

// "2 trials x 300 x 400 x 5 seeds"
std::string factors_text(const Space& space, size_t seeds) {
  std::string text;
  if (space.entries.size() > 1) text = std::to_string(space.entries.size()) + " trials";
  for (const Group& group : space.groups) {
    text += (text.empty() ? "" : " x ") + std::to_string(space.axes[group.front()].values.size()) + " " +
            to_string(space.axes[group.front()].path);
  }
  return text + (seeds > 1 ? " x " + std::to_string(seeds) + " seeds" : "");
}

// Where no condition can make it smaller, the product of all lengths; saturates far above the limit.
int64_t product(const Space& space, size_t seeds) {
  constexpr int64_t kSaturated = 1'000'000'000'000;
  int64_t result = static_cast<int64_t>(space.entries.size()) * static_cast<int64_t>(seeds);
  for (const Group& group : space.groups) {
    const auto points = static_cast<int64_t>(space.axes[group.front()].values.size());
    result = result > kSaturated / points ? kSaturated : result * points;
  }
  return result;
}

void refuse_size(const Space& space, size_t seeds, const std::string& count, const Place& where, Problems& problems) {
  problems.add(where, "the sweep has " + count + " trials (" + factors_text(space, seeds) + "); at most " +
                          grouped_digits(kMaxTrials) + " are allowed");
}

}  // namespace

std::vector<Arm> enumerate(const Space& space, const Registry& registry, size_t seeds, const Place& where,
                           Problems& problems) {
  size_t stuck = 0;
  auto order = Ordering(space).order(stuck);
  if (!order) {
    problems.add(space.axes[stuck].place, "the when: of " + to_string(space.axes[stuck].path) +
                                              " depends on itself, directly or through the when: of other axes");
    return {};
  }
  if (const int64_t trials = product(space, seeds); !has_conditions(space) && trials > kMaxTrials) {
    refuse_size(space, seeds, grouped_digits(trials), where, problems);
    return {};
  }
  const size_t limit = static_cast<size_t>(kMaxTrials) / seeds;
  std::vector<Arm> arms = Enumerator(space, registry, std::move(*order), limit).run();
  if (arms.size() > limit) {
    refuse_size(space, seeds, "more than " + grouped_digits(kMaxTrials), where, problems);
    return {};
  }
  return arms;
}

}  // namespace runner::sweep
