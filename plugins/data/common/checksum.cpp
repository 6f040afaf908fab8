#include "data/common/checksum.h"

#include <array>
#include <cstring>

namespace runner::text {
namespace {

constexpr size_t kLanes = 4;  // independent of each other, so that the processor works on them side by side
using Block = std::array<uint64_t, kLanes>;

// One to one in each argument: no change of a single word is lost.
uint64_t mixed(uint64_t hash, uint64_t word) {
  const uint64_t product = (hash ^ word) * 0x9E3779B97F4A7C15u;
  return product << 29 | product >> 35;
}

void mix(Block& lanes, const Block& words) {
  for (size_t i = 0; i < kLanes; ++i) lanes[i] = mixed(lanes[i], words[i]);
}

}  // namespace

uint64_t checksum(uint64_t start, const void* bytes, size_t size) {
  const char* at = static_cast<const char*>(bytes);
  Block lanes = {start, start + 1, start + 2, start + 3}, words{};
  for (size_t left = size; left > 0;) {
    const size_t length = left < sizeof(Block) ? left : sizeof(Block);
    if (length < sizeof(Block)) words = {};
    std::memcpy(words.data(), at, length);
    mix(lanes, words);
    at += length;
    left -= length;
  }
  uint64_t sum = size;
  for (const uint64_t lane : lanes) sum = mixed(sum, lane);
  return sum;
}

}  // namespace runner::text
