#include "models/fused/gradients.h"

#include <ATen/ATen.h>

namespace runner::fused {
namespace {

using recurrent::Into;
using recurrent::MatrixView;

// Slots first … first + count - 1 as a matrix, [T * N, count * H].
MatrixView slots_of(const LayerRun& run, const Trace& trace, int64_t first, int64_t count) {
  return {floats(trace.slots) + first * run.units, run.steps * run.rows, count * run.units, run.slot_stride(), 1};
}

// What a stage multiplied by its weights, [T * N, H].
MatrixView left_of(const LayerRun& run, const Trace& trace, const Stage& stage) {
  if (stage.left_slot != kState) return slots_of(run, trace, stage.left_slot, 1);
  return {floats(trace.h), run.steps * run.rows, run.units, run.units, 1};
}

at::Tensor recurrent_gradient(const LayerRun& run, const Trace& trace) {
  at::Tensor d = at::empty({run.units, run.width()}, at::kFloat);
  for (const Stage& stage : run.plan.stages) {
    const MatrixView left = left_of(run, trace, stage).transposed();
    for (const GateRange& range : stage.ranges) {
      multiply(left, slots_of(run, trace, range.slot, range.count), floats(d) + range.gate * run.units, run.width());
    }
  }
  return d.t();
}

// The bias of a gate is added to its recurrent product, so that both have the same gradient.
at::Tensor recurrent_bias_gradient(const LayerRun& run, const at::Tensor& sums) {
  std::vector<at::Tensor> parts;
  for (const Stage& stage : run.plan.stages) {
    for (const GateRange& range : stage.ranges) {
      parts.push_back(sums.narrow(0, range.slot * run.units, range.count * run.units));
    }
  }
  return at::cat(parts);
}

at::Tensor input_gradient_of_tokens(const LayerRun& run, const Trace& trace) {
  at::Tensor d = at::zeros({run.weights.input.size(1), run.width()}, at::kFloat);
  const std::vector<float*> rows = token_rows(run, floats(d));
  kernels().add_rows(floats(trace.slots), run.slot_stride(), run.steps * run.rows, run.width(), rows.data());
  return d.t();
}

at::Tensor input_gradient(const LayerRun& run, const Trace& trace) {
  if (run.reads_tokens()) return input_gradient_of_tokens(run, trace);
  at::Tensor d = at::empty({run.weights.input.size(1), run.width()}, at::kFloat);
  multiply(rows_of(run.x).transposed(), slots_of(run, trace, 0, run.plan.gates), floats(d), run.width());
  return d.t();
}

}  // namespace

LayerWeights weight_gradients(const LayerRun& run, const Trace& trace, const at::Tensor& bias_sums) {
  return {input_gradient(run, trace), recurrent_gradient(run, trace), bias_sums.narrow(0, 0, run.width()),
          recurrent_bias_gradient(run, bias_sums)};
}

at::Tensor x_gradient(const LayerRun& run, const Trace& trace) {
  at::Tensor d = at::empty_like(run.x);
  multiply(slots_of(run, trace, 0, run.plan.gates), in_memory(run.weights.input).transposed(), floats(d), d.size(2));
  return d;
}

std::vector<at::Tensor> state_gradients(const LayerRun& run, const Trace& trace, const at::Tensor& carry) {
  at::Tensor d_h = run.plan.has_memory ? at::zeros_like(carry) : carry;
  const MatrixView weights = in_memory(run.weights.recurrent);
  for (const Stage& stage : run.plan.stages) {
    if (stage.left_slot != kState) continue;  // has flowed into carry at its step
    for (const GateRange& range : stage.ranges) {
      MatrixView first_step = slots_of(run, trace, range.slot, range.count);
      first_step.rows = run.rows;
      const MatrixView of_gates = weights.from_column(range.gate * run.units, range.count * run.units);
      multiply(first_step, of_gates.transposed(), floats(d_h), run.units, Into::added);
    }
  }
  if (run.plan.has_memory) return {d_h, carry};
  return {d_h};
}

}  // namespace runner::fused
