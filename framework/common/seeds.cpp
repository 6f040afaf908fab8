#include "common/seeds.h"

#include <string>

#include "common/sha256.h"

namespace runner {

uint64_t stream_seed(int64_t seed, std::string_view name) {
  const std::string hex = sha256_hex(std::to_string(seed) + "/" + std::string(name));
  uint64_t value = 0;
  for (int byte = 7; byte >= 0; --byte)
    value = value << 8 | std::stoull(hex.substr(2 * static_cast<size_t>(byte), 2), nullptr, 16);
  return value;
}

}  // namespace runner
