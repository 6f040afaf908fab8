#include "models/fused/fused_function.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <stdexcept>

namespace runner::fused {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The outputs and the final state, out of the buffers that backward reads.
variable_list results_of(const Trace& trace, int64_t steps) {
  variable_list results = {trace.h.narrow(0, 1, steps), trace.h[steps].clone()};
  if (trace.c.defined()) results.push_back(trace.c[steps].clone());
  return results;
}

// Arguments: the cell, x, the four parameters, h and c; c is empty but for an LSTM.
class FusedLayer : public torch::autograd::Function<FusedLayer> {
 public:
  static variable_list forward(AutogradContext* context, int64_t cell, const at::Tensor& x, const at::Tensor& input,
                               const at::Tensor& recurrent, const at::Tensor& input_bias,
                               const at::Tensor& recurrent_bias, const at::Tensor& h, const at::Tensor& c) {
    const LayerWeights weights{input, recurrent, input_bias, recurrent_bias};
    const Trace trace = run_forward(static_cast<Cell>(cell), x, weights, {h, c}, /*record=*/true);
    context->saved_data["cell"] = cell;
    context->saved_data["used"] = false;
    context->set_materialize_grads(false);  // run_backward knows better than to read zeros
    variable_list saved = {x, input, recurrent, input_bias, recurrent_bias, trace.slots, trace.h};
    if (trace.c.defined()) saved.push_back(trace.c);
    context->save_for_backward(std::move(saved));
    return results_of(trace, x.size(0));
  }

  static variable_list backward(AutogradContext* context, const variable_list& d) {
    require_first_time(context);
    const auto saved = context->get_saved_variables();
    const auto cell = static_cast<Cell>(context->saved_data["cell"].toInt());
    const LayerWeights weights{saved[1], saved[2], saved[3], saved[4]};
    Trace trace{saved[6], saved.size() > 7 ? saved[7] : at::Tensor(), saved[5]};
    // Edges are counted over the tensors among the arguments.
    const Wanted wanted{context->needs_input_grad(0), context->needs_input_grad(5) || context->needs_input_grad(6)};
    const std::vector<at::Tensor> d_state(d.begin() + 1, d.end());
    const Gradients g = run_backward(cell, saved[0], weights, trace, d[0], d_state, wanted);
    variable_list result = {
        {}, g.x, g.weights.input, g.weights.recurrent, g.weights.input_bias, g.weights.recurrent_bias};
    result.resize(8);
    std::copy(g.state.begin(), g.state.end(), result.begin() + 6);
    return result;
  }

 private:
  static void require_first_time(AutogradContext* context) {
    if (at::GradMode::is_enabled()) {
      throw std::runtime_error("the fused models have no second derivatives; use rnn, gru or lstm for that");
    }
    if (context->saved_data["used"].toBool()) {
      throw std::runtime_error("the fused models keep a graph for one backward pass only; run forward again");
    }
    context->saved_data["used"] = true;
  }
};

bool wants_gradient(const at::Tensor& x) { return x.requires_grad(); }

}  // namespace

at::Tensor run_layer(Cell cell, const at::Tensor& x, const LayerWeights& weights, std::vector<at::Tensor>& state) {
  const at::Tensor c = state.size() > 1 ? state[1] : at::empty({0});
  const std::vector<at::Tensor> arguments = {
      x, weights.input, weights.recurrent, weights.input_bias, weights.recurrent_bias, state[0], c};
  variable_list results;
  if (at::GradMode::is_enabled() && std::any_of(arguments.begin(), arguments.end(), wants_gradient)) {
    results = FusedLayer::apply(static_cast<int64_t>(cell), x, weights.input, weights.recurrent, weights.input_bias,
                                weights.recurrent_bias, state[0], c);
  } else {
    results = results_of(run_forward(cell, x, weights, {state[0], c}, /*record=*/false), x.size(0));
  }
  std::copy(results.begin() + 1, results.end(), state.begin());
  return results[0];
}

}  // namespace runner::fused
