#include "models/fused/cell_plan.h"

#include <map>

namespace runner::fused {

namespace {

// The slots are those of the table in cell_kernels.h. A range {3, 2, 1} reads: gradients in slot 3, of gate 2, one
// gate.
std::map<Cell, CellPlan> all_plans() {
  using Kernels = CellKernels;
  const Stage rnn = {&Kernels::rnn, &Kernels::rnn_back, kState, {{0, 0, 1}}};
  const Stage gru = {&Kernels::gru, &Kernels::gru_back, kState, {{0, 0, 2}, {3, 2, 1}}};
  const Stage before_gates = {&Kernels::gru_before_gates, &Kernels::gru_before_back, kState, {{0, 0, 2}}};
  const Stage candidate = {&Kernels::gru_before_candidate, &Kernels::gru_before_reset_back, 3, {{2, 2, 1}}};
  const Stage lstm = {&Kernels::lstm, &Kernels::lstm_back, kState, {{0, 0, 4}}};
  return {{Cell::rnn, {1, 1, false, {rnn}}},
          {Cell::gru, {3, 4, false, {gru}}},
          {Cell::gru_before, {3, 4, false, {before_gates, candidate}}},
          {Cell::lstm, {4, 4, true, {lstm}}}};
}

}  // namespace

int64_t Stage::gate_count() const {
  int64_t count = 0;
  for (const GateRange& range : ranges) count += range.count;
  return count;
}

const CellPlan& plan_of(Cell cell) {
  static const std::map<Cell, CellPlan> plans = all_plans();
  return plans.at(cell);
}

int64_t gate_count(Cell cell) { return plan_of(cell).gates; }

}  // namespace runner::fused
