#include "instructions.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace runner::faults {
namespace {

// Tables of constants, which are there before anything of the library runs.
struct NamedRole {
  const char* name;
  Role role;
};
constexpr NamedRole kRoles[] = {{"runner", Role::runner}, {"host", Role::host}, {"trial", Role::trial}};

struct NamedDeed {
  const char* name;
  Action action;
  int error;
};
constexpr NamedDeed kDeeds[] = {
    {"kill", Action::kill, 0}, {"tear", Action::tear, 0}, {"ENOSPC", Action::fail, ENOSPC}, {"EIO", Action::fail, EIO}};

// nullptr when the table has no such name.
template <typename Table>
auto find(const Table& table, const std::string& name) {
  const auto found =
      std::find_if(std::begin(table), std::end(table), [&](const auto& row) { return name == row.name; });
  return found == std::end(table) ? nullptr : found;
}

Instruction parse_one(const std::string& text) {
  std::istringstream words(text);
  std::string role, deed, rest;
  Instruction result;
  const bool complete = static_cast<bool>(words >> role >> deed >> result.at >> result.where) && !(words >> rest);
  const NamedRole* known_role = find(kRoles, role);
  const NamedDeed* known_deed = find(kDeeds, deed);
  if (!complete || result.at < 1 || !known_role || !known_deed) {
    throw std::invalid_argument("\"" + text +
                                "\" is no instruction; expected: runner|host|trial kill|tear|ENOSPC|EIO AT WHERE");
  }
  result.role = known_role->role;
  result.action = known_deed->action;
  result.error = known_deed->error;
  return result;
}

}  // namespace

std::vector<Instruction> parse_instructions(const std::string& text) {
  std::vector<Instruction> result;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ';');) result.push_back(parse_one(part));
  return result;
}

}  // namespace runner::faults
