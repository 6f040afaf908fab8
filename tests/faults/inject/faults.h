// Decides which call of which process meets a fault.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "instructions.h"

namespace runner::faults {

// Instructions are obeyed one after the other: a call is counted for the first that has not been obeyed, and for no
// other. How far they are is one number, which all processes of a run may share; it is changed without locks, so that a
// process that dies at any moment leaves it whole. Neither function allocates.
class Faults {
 public:
  // `progress` outlives this; it starts as 0. `lasting` names a file: from its call on, a `fail` then happens to every
  // call that matches for as long as that file is there. Empty: it happens once.
  Faults(std::vector<Instruction> instructions, std::atomic<uint64_t>& progress, std::string lasting);

  // Whether calls of processes of that role are to be shown to `meet` at all.
  bool concerns(Role role) const;

  // Counts a call. The instruction that it has to obey, or nullptr.
  const Instruction* meet(Role role, const char* path);

 private:
  const Instruction* meet_lasting(const Instruction& instruction, uint64_t seen, uint64_t counted);

  const std::vector<Instruction> instructions_;
  std::atomic<uint64_t>& progress_;  // instructions obeyed << 32 | calls counted for the next one
  const std::string lasting_;
};

}  // namespace runner::faults
