// What the injecting library is told to do, in the environment variable FAULTS: README.md has the grammar.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace runner::faults {

enum class Role { none, runner, host, trial };

enum class Action {
  kill,  // SIGKILL instead of the call
  tear,  // SIGKILL after half of a write; as `kill` for every other call
  fail,  // -1 instead of the call, with an errno
};

struct Instruction {
  Role role = Role::none;
  Action action = Action::kill;
  int error = 0;      // of `fail`
  uint32_t at = 1;    // the call that it happens to, counted from 1 among those that match
  std::string where;  // a call matches when its path contains this
};

// Reads "ROLE ACTION AT WHERE" as often as ';' asks for. Throws std::invalid_argument, naming what it cannot read.
std::vector<Instruction> parse_instructions(const std::string& text);

}  // namespace runner::faults
