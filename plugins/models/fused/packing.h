// Recurrent weights in the order in which the kernels read them: packed once a pass, used at every step.
#pragma once

#include <ATen/core/Tensor.h>
#include <runner/recurrent/gemm.h>

#include <vector>

#include "models/fused/cell_plan.h"

namespace runner::fused {

// Blocks of 32 units, the last one maybe fewer.
inline int64_t blocks_of(int64_t units) { return (units + recurrent::kPanel - 1) / recurrent::kPanel; }

// Weights [H, G], as they lie in memory, packed for each stage of the plan: block by block, for every gate of the stage
// a panel of H steps each.
std::vector<at::Tensor> pack_forward(const recurrent::MatrixView& weights, const CellPlan& plan);

// The same weights transposed: block by block one panel, of H steps for every gate of the stage.
std::vector<at::Tensor> pack_backward(const recurrent::MatrixView& weights, const CellPlan& plan);

}  // namespace runner::fused
