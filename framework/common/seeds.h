// Independent random streams of one trial.
#pragma once

#include <cstdint>
#include <string_view>

namespace runner {

// The names of the streams; results depend on them, never rename.
inline constexpr std::string_view kInitStream = "init";
inline constexpr std::string_view kDataStream = "data";
inline constexpr std::string_view kDropoutStream = "dropout";
inline constexpr std::string_view kSampleStream = "sample";

// The seed of stream `name` of a trial whose seed is `seed`: the first eight bytes, little-endian, of the SHA-256 of
// "<seed>/<name>". The same on every machine, and unrelated for neighbouring seeds and for different names.
uint64_t stream_seed(int64_t seed, std::string_view name);

}  // namespace runner
