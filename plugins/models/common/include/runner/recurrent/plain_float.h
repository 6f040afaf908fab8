#pragma once

#include <ATen/core/Tensor.h>

namespace runner::recurrent {

// Whether kernels of our own compute on it. Whatever else there is, a GPU or double precision, is LibTorch's.
inline bool is_plain_float(const at::Tensor& x) { return x.is_cpu() && x.scalar_type() == at::kFloat; }

}  // namespace runner::recurrent
