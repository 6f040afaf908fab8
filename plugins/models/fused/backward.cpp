#include <ATen/ATen.h>

#include <vector>

#include "models/fused/gradients.h"

namespace runner::fused {
namespace {

// Gradients of what forward put out, contiguous. Undefined ones are zero.
struct Arriving {
  at::Tensor outputs;        // [T, N, H]
  at::Tensor last_h, carry;  // [N, H]; carry as in cell_kernels.h, changed from step to step
};

Arriving arriving(const LayerRun& run, const at::Tensor& d_outputs, const std::vector<at::Tensor>& d_state) {
  Arriving d;
  d.outputs = d_outputs.defined() ? d_outputs.contiguous() : at::zeros({run.steps, run.rows, run.units}, at::kFloat);
  if (d_state[0].defined()) d.last_h = d_state[0].contiguous();
  d.carry = at::zeros({run.rows, run.units}, at::kFloat);
  if (run.plan.has_memory && d_state[1].defined()) d.carry.copy_(d_state[1]);
  return d;
}

BackwardStep constants_of(const LayerRun& run, const Arriving& d, const at::Tensor& bias_sums) {
  BackwardStep step;
  step.rows = run.rows, step.units = run.units;
  step.carry = floats(d.carry);
  step.bias_sums = floats(bias_sums);
  step.saved_stride = run.slot_stride();
  return step;
}

void run_stages(const LayerRun& run, const std::vector<at::Tensor>& panels, BackwardStep step) {
  for (size_t i = 0; i < panels.size(); ++i) {
    const Stage& stage = run.plan.stages[i];
    step.ranges = stage.ranges.data(), step.range_count = static_cast<int64_t>(stage.ranges.size());
    step.panels = floats(panels[i]);
    run_step(kernels().*stage.backward, step);
  }
}

// Turns the slots of all steps into gradients, adds them up in `bias_sums` [slots * H], and leaves in d.carry what
// reaches the state before the first step.
void back_through_time(const LayerRun& run, const Trace& trace, const Arriving& d, const at::Tensor& bias_sums) {
  const std::vector<at::Tensor> panels = pack_backward(in_memory(run.weights.recurrent), run.plan);
  const Steps h(trace.h), c(trace.c), saved(trace.slots), d_out(d.outputs);
  BackwardStep step = constants_of(run, d, bias_sums);
  step.d_last = floats(d.last_h);
  for (int64_t t = run.steps - 1; t >= 0; --t) {
    step.d_out = d_out[t];
    step.h_before = h[t], step.c_before = c[t], step.c = c[t + 1];
    step.saved = saved[t];
    run_stages(run, panels, step);
    step.next = saved[t];
    step.d_last = nullptr;
  }
}

}  // namespace

Gradients run_backward(Cell cell, const at::Tensor& x, const LayerWeights& weights, Trace& trace,
                       const at::Tensor& d_outputs, const std::vector<at::Tensor>& d_state, const Wanted& wanted) {
  const LayerRun run(cell, x, weights);
  const Arriving d = arriving(run, d_outputs, d_state);
  const at::Tensor bias_sums = at::zeros({run.plan.slots * run.units}, at::kFloat);
  back_through_time(run, trace, d, bias_sums);
  Gradients gradients;
  gradients.weights = weight_gradients(run, trace, bias_sums);
  if (wanted.x) gradients.x = x_gradient(run, trace);
  if (wanted.state) gradients.state = state_gradients(run, trace, d.carry);
  return gradients;
}

}  // namespace runner::fused
