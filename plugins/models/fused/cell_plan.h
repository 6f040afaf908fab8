// What packing, the loops over time and the gradients need to know of a cell, as data: none of them asks which cell it
// is.
#pragma once

#include <vector>

#include "models/fused/cell.h"
#include "models/fused/cell_kernels.h"

namespace runner::fused {

// In place of a slot: the state before the step.
constexpr int64_t kState = -1;

// Gates whose recurrent products have the same left side, so that a step computes them together.
struct Stage {
  Forward CellKernels::*forward;
  Backward CellKernels::*backward;
  int64_t left_slot;              // which slot is multiplied by the weights, or kState
  std::vector<GateRange> ranges;  // the gates in their order

  int64_t gate_count() const;
};

struct CellPlan {
  int64_t gates;              // blocks of H rows of the weights
  int64_t slots;              // that a step saves, see cell_kernels.h; the first `gates` become gradients of x W^T
  bool has_memory;            // a second state, c, which carries the gradients in place of h
  std::vector<Stage> stages;  // in the order of a step, forward and backward; what one puts out the next multiplies
};

const CellPlan& plan_of(Cell cell);

}  // namespace runner::fused
