#pragma once

#include <ATen/core/Tensor.h>

namespace runner::recurrent {

// x [T, N, D] times weight [O, D] transposed, plus bias [O]: [T, N, O]. What at::linear computes, to rounding; on the
// CPU in 32-bit floats by gemm.h. Its backward keeps x and weight and not the result, which callers may overwrite once
// nothing else needs it.
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace runner::recurrent
