#include "models/fused/fused_function.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <stdexcept>

#include "models/fused/arguments.h"

namespace runner::fused {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// What backward needs of forward.
struct Saved {
  at::Tensor x;
  LayerWeights weights;
  Trace trace;
};

variable_list pack(const Saved& saved) {
  const auto& [x, weights, trace] = saved;
  return {x,       weights.input, weights.recurrent, weights.input_bias, weights.recurrent_bias,
          trace.h, trace.c,       trace.slots};
}

Saved unpack(const variable_list& saved) {
  return {saved[0], {saved[1], saved[2], saved[3], saved[4]}, {saved[5], saved[6], saved[7]}};
}

// The tensors among the arguments of LayerFunction, as autograd counts them.
enum Argument : size_t { kX, kInput, kRecurrent, kInputBias, kRecurrentBias, kH, kC };

// One for each argument of LayerFunction; the first of them, the cell, has none.
variable_list of_arguments(const Gradients& gradients) {
  const auto& [x, weights, state] = gradients;
  const auto part = [&state = state](size_t i) { return i < state.size() ? state[i] : at::Tensor(); };
  return {at::Tensor(),           x,       weights.input, weights.recurrent, weights.input_bias,
          weights.recurrent_bias, part(0), part(1)};
}

// The outputs and the final state, out of the buffers that backward reads.
variable_list results_of(const Trace& trace, int64_t steps) {
  variable_list results = {trace.h.narrow(0, 1, steps), trace.h[steps].clone()};
  if (trace.c.defined()) results.push_back(trace.c[steps].clone());
  return results;
}

// Arguments: the cell, x, the four parameters, h and c; c is empty but for an LSTM.
class LayerFunction : public torch::autograd::Function<LayerFunction> {
 public:
  static variable_list forward(AutogradContext* context, int64_t cell, const at::Tensor& x, const at::Tensor& input,
                               const at::Tensor& recurrent, const at::Tensor& input_bias,
                               const at::Tensor& recurrent_bias, const at::Tensor& h, const at::Tensor& c) {
    const LayerWeights weights{input, recurrent, input_bias, recurrent_bias};
    const Trace trace = run_forward(static_cast<Cell>(cell), x, weights, {h, c}, /*record=*/true);
    context->saved_data["cell"] = cell;
    context->saved_data["used"] = false;
    context->set_materialize_grads(false);  // run_backward knows better than to read zeros
    context->save_for_backward(pack({x, weights, trace}));
    return results_of(trace, x.size(0));
  }

  static variable_list backward(AutogradContext* context, const variable_list& d) {
    require_first_time(context);
    auto [x, weights, trace] = unpack(context->get_saved_variables());
    const auto cell = static_cast<Cell>(context->saved_data["cell"].toInt());
    const Wanted wanted{context->needs_input_grad(kX), context->needs_input_grad(kH) || context->needs_input_grad(kC)};
    const std::vector<at::Tensor> d_state(d.begin() + 1, d.end());
    return of_arguments(run_backward(cell, x, weights, trace, d[0], d_state, wanted));
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
  check_arguments(x, weights, state);
  const at::Tensor c = state.size() > 1 ? state[1] : at::empty({0});
  const std::vector<at::Tensor> arguments = {
      x, weights.input, weights.recurrent, weights.input_bias, weights.recurrent_bias, state[0], c};
  variable_list results;
  if (at::GradMode::is_enabled() && std::any_of(arguments.begin(), arguments.end(), wants_gradient)) {
    results = LayerFunction::apply(static_cast<int64_t>(cell), x, weights.input, weights.recurrent, weights.input_bias,
                                   weights.recurrent_bias, state[0], c);
  } else {
    results = results_of(run_forward(cell, x, weights, {state[0], c}, /*record=*/false), x.size(0));
  }
  std::copy(results.begin() + 1, results.end(), state.begin());
  return results[0];
}

}  // namespace runner::fused
