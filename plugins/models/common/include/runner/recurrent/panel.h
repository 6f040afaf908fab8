#pragma once

#include <cstdint>

namespace runner::recurrent {

// Columns of a matrix that are packed together: see gemm.h.
constexpr int64_t kPanel = 32;

}  // namespace runner::recurrent
