#include "faults.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace runner::faults {

Faults::Faults(std::vector<Instruction> instructions, std::atomic<uint64_t>& progress, std::string lasting)
    : instructions_(std::move(instructions)), progress_(progress), lasting_(std::move(lasting)) {}

bool Faults::concerns(Role role) const {
  return std::any_of(instructions_.begin(), instructions_.end(),
                     [role](const auto& each) { return each.role == role; });
}

const Instruction* Faults::meet(Role role, const char* path) {
  for (uint64_t seen = progress_.load();;) {
    const uint64_t obeyed = seen >> 32, counted = (seen & UINT32_MAX) + 1;
    if (obeyed >= instructions_.size()) return nullptr;
    const Instruction& next = instructions_[obeyed];
    if (next.role != role || !std::strstr(path, next.where.c_str())) return nullptr;
    const bool its_turn = counted >= next.at;
    if (its_turn && next.action == Action::fail && !lasting_.empty()) return meet_lasting(next, seen, counted);
    // Another process may have counted meanwhile; `seen` is then what it left.
    if (!progress_.compare_exchange_weak(seen, its_turn ? (obeyed + 1) << 32 : seen + 1)) continue;
    return its_turn ? &next : nullptr;
  }
}

// It is never done with; the count stays at the call it began with.
const Instruction* Faults::meet_lasting(const Instruction& instruction, uint64_t seen, uint64_t counted) {
  if (counted == instruction.at) progress_.compare_exchange_strong(seen, seen + 1);
  return access(lasting_.c_str(), F_OK) == 0 ? &instruction : nullptr;
}

}  // namespace runner::faults
