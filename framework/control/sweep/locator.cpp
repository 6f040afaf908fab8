#include "control/sweep/locator.h"

#include <charconv>
#include <optional>
#include <utility>

namespace runner::sweep {

using config::Place;

namespace {

// Takes "[1]" off the end of a path.
std::optional<size_t> take_index(std::string_view& path) {
  const size_t open = path.rfind('[');
  if (path.empty() || path.back() != ']' || open == std::string_view::npos) return std::nullopt;
  size_t index = 0;
  const auto [end, error] = std::from_chars(path.data() + open + 1, path.data() + path.size() - 1, index);
  if (error != std::errc() || end != path.data() + path.size() - 1) return std::nullopt;
  path = path.substr(0, open);
  return index;
}

Place value_place(const Assignment& assignment, std::optional<size_t> index) {
  const config::Node& value = *assignment.value;
  return index && *index < value.items.size() ? value.items[*index]->place : value.place;
}

}  // namespace

SpaceLocator::SpaceLocator(Space space, std::vector<Arm> arms, size_t seeds, Place metric, Place root)
    : space_(std::move(space)),
      arms_(std::move(arms)),
      seeds_(seeds),
      metric_(std::move(metric)),
      root_(std::move(root)) {}

config::Location SpaceLocator::locate(size_t trial, std::string_view path) const {
  return to_location(place_of(arms_.at(trial / seeds_), path));
}

Place SpaceLocator::place_of(const Arm& arm, std::string_view path) const {
  const auto index = take_index(path);
  for (const SectionId id : kSections) {
    if (path == section_path(id)) return space_.section(id, arm.entry).place;
  }
  if (path == "sweep.metric") return metric_;
  const auto param = parse_param_path(path);
  if (!param) return root_;
  const Section section = space_.with_picks(space_.section(param->section, arm.entry), param->section, arm.picks);
  const Assignment* assignment = section.find(param->key);
  return assignment ? value_place(*assignment, index) : section.place;
}

}  // namespace runner::sweep
