#pragma once

#include <cstdint>

namespace runner::sweep {

// More trials than that are a slip, and would fill memory before anything ran.
inline constexpr int64_t kMaxTrials = 100'000;

}  // namespace runner::sweep
