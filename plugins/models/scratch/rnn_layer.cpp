#include "models/scratch/rnn_layer.h"

#include <ATen/ATen.h>

namespace runner::scratch {

RnnLayer::RnnLayer(int64_t inputs, const recurrent::RecurrentOptions& options)
    : ScratchLayer(inputs, options.hidden_size), hidden_(make_gate("h")) {}

at::Tensor RnnLayer::forward(const recurrent::Inputs& x, std::vector<at::Tensor>& state) {
  // X W needs no state: all steps at once.
  const auto xw_h = x.steps_times(hidden_.input);
  at::Tensor h = state[0];
  std::vector<at::Tensor> outputs;
  for (const at::Tensor& xw : xw_h) {
    h = tanh(xw + h.mm(hidden_.recurrent) + hidden_.bias);
    outputs.push_back(h);
  }
  state[0] = h;
  return at::stack(outputs);
}

}  // namespace runner::scratch
