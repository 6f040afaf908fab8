#pragma once

#include <cstddef>
#include <cstdint>

namespace runner::text {

// 64 bits that tell damaged bytes from the ones that were written, at the speed of memory. Against accidents, not
// against malice. Chains: checksum(checksum(start, a), b).
uint64_t checksum(uint64_t start, const void* bytes, size_t size);

}  // namespace runner::text
