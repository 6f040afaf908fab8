#include "models/scratch/lstm_layer.h"

#include <ATen/ATen.h>

namespace runner::scratch {

LstmLayer::LstmLayer(int64_t inputs, const recurrent::RecurrentOptions& options)
    : ScratchLayer(inputs, options.hidden_size),
      input_(make_gate("i")),
      forget_(make_gate("f", /*forgets=*/true)),
      output_(make_gate("o")),
      cell_(make_gate("c")) {}

at::Tensor LstmLayer::forward(const recurrent::Inputs& x, std::vector<at::Tensor>& state) {
  // X W needs no state: all steps at once.
  const auto xw_i = x.steps_times(input_.input);
  const auto xw_f = x.steps_times(forget_.input);
  const auto xw_o = x.steps_times(output_.input);
  const auto xw_c = x.steps_times(cell_.input);
  at::Tensor h = state[0], c = state[1];
  std::vector<at::Tensor> outputs;
  for (size_t t = 0; t < xw_c.size(); ++t) {
    const at::Tensor i = sigmoid(xw_i[t] + h.mm(input_.recurrent) + input_.bias);
    const at::Tensor f = sigmoid(xw_f[t] + h.mm(forget_.recurrent) + forget_.bias);
    const at::Tensor o = sigmoid(xw_o[t] + h.mm(output_.recurrent) + output_.bias);
    const at::Tensor g = tanh(xw_c[t] + h.mm(cell_.recurrent) + cell_.bias);
    c = f * c + i * g;
    h = o * tanh(c);
    outputs.push_back(h);
  }
  state = {h, c};
  return at::stack(outputs);
}

}  // namespace runner::scratch
