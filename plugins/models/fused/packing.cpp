#include "models/fused/packing.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace runner::fused {
namespace {

using recurrent::kPanel;
using recurrent::MatrixView;

// Packs those columns of `from` that belong to the block of units beginning with `unit`; returns where they end.
float* pack(const MatrixView& from, int64_t unit, float* panel) {
  recurrent::pack_panel(from, unit, std::min(kPanel, from.columns - unit), panel);
  return panel + from.rows * kPanel;
}

// pack_range(range, unit, panel): packs what a block has of the gates in a range; returns where it ends.
template <typename PackRange>
at::Tensor pack_stage(const Stage& stage, int64_t units, const PackRange& pack_range) {
  at::Tensor packed = at::empty({blocks_of(units), stage.gate_count(), units, kPanel}, at::kFloat);
  float* panel = packed.data_ptr<float>();
  for (int64_t unit = 0; unit < units; unit += kPanel) {
    for (const GateRange& range : stage.ranges) panel = pack_range(range, unit, panel);
  }
  return packed;
}

template <typename PackRange>
std::vector<at::Tensor> pack_stages(const CellPlan& plan, int64_t units, const PackRange& pack_range) {
  std::vector<at::Tensor> packed;
  for (const Stage& stage : plan.stages) packed.push_back(pack_stage(stage, units, pack_range));
  return packed;
}

}  // namespace

std::vector<at::Tensor> pack_forward(const MatrixView& weights, const CellPlan& plan) {
  const int64_t units = weights.rows;
  return pack_stages(plan, units, [&](const GateRange& range, int64_t unit, float* panel) {
    for (int64_t gate = range.gate; gate < range.gate + range.count; ++gate) {
      panel = pack(weights.from_column(gate * units, units), unit, panel);
    }
    return panel;
  });
}

std::vector<at::Tensor> pack_backward(const MatrixView& weights, const CellPlan& plan) {
  const int64_t units = weights.rows;
  return pack_stages(plan, units, [&](const GateRange& range, int64_t unit, float* panel) {
    return pack(weights.from_column(range.gate * units, range.count * units).transposed(), unit, panel);
  });
}

}  // namespace runner::fused
