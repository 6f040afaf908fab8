// The shape of the chapter's rows, which every piece is measured at.
#pragma once

#include <cstdint>

namespace runner::bench {

inline constexpr int64_t kSteps = 35;         // T
inline constexpr int64_t kRows = 32;          // N
inline constexpr int64_t kVocabulary = 1027;  // V
inline constexpr int64_t kHidden = 256;       // H

}  // namespace runner::bench
