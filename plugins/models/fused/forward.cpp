#include <ATen/ATen.h>

#include <vector>

#include "models/fused/layer_run.h"

namespace runner::fused {
namespace {

// Room for the states before the first step and after each, [T + 1, N, H], beginning with `state`.
at::Tensor states_from(const LayerRun& run, const at::Tensor& state) {
  at::Tensor all = at::empty({run.steps + 1, run.rows, run.units}, at::kFloat);
  all[0].copy_(state);
  return all;
}

Trace room_for(const LayerRun& run, const std::vector<at::Tensor>& state, bool record) {
  Trace trace;
  trace.h = states_from(run, state[0]);
  if (run.plan.has_memory) trace.c = states_from(run, state[1]);
  if (record) trace.slots = at::empty({run.steps, run.rows, run.slot_stride()}, at::kFloat);
  return trace;
}

// The products of vectors with the input weights, x W^T [T, N, G]; for tokens the weights themselves, a row each.
at::Tensor project(const LayerRun& run) {
  if (run.reads_tokens()) return run.weights.input;
  at::Tensor out = at::empty({run.steps, run.rows, run.width()}, at::kFloat);
  multiply(rows_of(run.x), in_memory(run.weights.input), floats(out), run.width());
  return out;
}

// For each step and sequence the product of its input with the weights.
std::vector<float*> input_rows(const LayerRun& run, const at::Tensor& projected) {
  if (run.reads_tokens()) return token_rows(run, floats(projected));
  std::vector<float*> rows;
  rows.reserve(static_cast<size_t>(run.steps * run.rows));
  for (int64_t i = 0; i < run.steps * run.rows; ++i) rows.push_back(floats(projected) + i * run.width());
  return rows;
}

ForwardStep constants_of(const LayerRun& run) {
  ForwardStep step;
  step.rows = run.rows, step.units = run.units;
  step.input_bias = floats(run.weights.input_bias), step.recurrent_bias = floats(run.weights.recurrent_bias);
  step.saved_stride = run.slot_stride();
  return step;
}

// The stages of one step. What all but the last put out lies in `between` [N, H] for the next one.
void run_stages(const LayerRun& run, const std::vector<at::Tensor>& panels, const at::Tensor& between,
                ForwardStep step) {
  float* const h_out = step.h_out;
  step.left = step.h;
  for (size_t i = 0; i < panels.size(); ++i) {
    step.panels = floats(panels[i]);
    step.h_out = i + 1 < panels.size() ? floats(between) : h_out;
    run_step(kernels().*run.plan.stages[i].forward, step);
    step.left = step.h_out;
  }
}

}  // namespace

Trace run_forward(Cell cell, const at::Tensor& x, const LayerWeights& weights, const std::vector<at::Tensor>& state,
                  bool record) {
  const LayerRun run(cell, x, weights);
  const Trace trace = room_for(run, state, record);
  const at::Tensor projected = project(run), between = at::empty({run.rows, run.units}, at::kFloat);
  const at::Tensor unrecorded = at::empty({run.rows, run.slot_stride()}, at::kFloat);
  const std::vector<float*> inputs = input_rows(run, projected);
  const std::vector<at::Tensor> panels = pack_forward(in_memory(run.weights.recurrent), run.plan);
  const Steps h(trace.h), c(trace.c), saved(trace.slots);
  ForwardStep step = constants_of(run);
  for (int64_t t = 0; t < run.steps; ++t) {
    step.x = inputs.data() + t * run.rows;
    step.h = h[t], step.c = c[t];
    step.h_out = h[t + 1], step.c_out = c[t + 1];
    step.saved = record ? saved[t] : floats(unrecorded);
    run_stages(run, panels, between, step);
  }
  return trace;
}

}  // namespace runner::fused
