#include "models/scratch/gru_layer.h"

#include <ATen/ATen.h>

namespace runner::scratch {

GruLayer::GruLayer(int64_t inputs, const recurrent::RecurrentOptions& options)
    : ScratchLayer(inputs, options.hidden_size),
      reset_after_(options.reset_after),
      reset_(make_gate("r")),
      update_(make_gate("z")),
      candidate_(make_gate("h")) {}

at::Tensor GruLayer::forward(const recurrent::Inputs& x, std::vector<at::Tensor>& state) {
  // X W needs no state: all steps at once.
  const auto xw_r = x.steps_times(reset_.input);
  const auto xw_z = x.steps_times(update_.input);
  const auto xw_h = x.steps_times(candidate_.input);
  const at::Tensor& w_hh = candidate_.recurrent;
  at::Tensor h = state[0];
  std::vector<at::Tensor> outputs;
  for (size_t t = 0; t < xw_h.size(); ++t) {
    const at::Tensor r = sigmoid(xw_r[t] + h.mm(reset_.recurrent) + reset_.bias);
    const at::Tensor z = sigmoid(xw_z[t] + h.mm(update_.recurrent) + update_.bias);
    const at::Tensor from_state = reset_after_ ? r * h.mm(w_hh) : (r * h).mm(w_hh);
    const at::Tensor c = tanh(xw_h[t] + from_state + candidate_.bias);
    h = z * h + (1 - z) * c;
    outputs.push_back(h);
  }
  state[0] = h;
  return at::stack(outputs);
}

}  // namespace runner::scratch
