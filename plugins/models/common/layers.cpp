#include <ATen/ATen.h>
#include <runner/recurrent/layers.h>

namespace runner::recurrent {

at::Tensor one_hot_inputs(const at::Tensor& tokens, int64_t vocabulary, at::ScalarType dtype) {
  const auto options = at::dtype(dtype).device(tokens.device());
  return at::zeros({tokens.size(0), tokens.size(1), vocabulary}, options).scatter_(2, tokens.unsqueeze(2), 1);
}

State zero_state(size_t parts, int64_t rows, int64_t batch_size, int64_t hidden_size, const at::Tensor& like) {
  State state;
  const auto options = at::dtype(like.scalar_type()).device(like.device());
  for (size_t i = 0; i < parts; ++i) state.push_back({at::zeros({rows, batch_size, hidden_size}, options), 1});
  return state;
}

std::vector<at::Tensor> layer_state(const State& state, int64_t layer, int64_t rows) {
  std::vector<at::Tensor> parts;
  for (const StateTensor& part : state) parts.push_back(part.value.narrow(0, layer * rows, rows).contiguous());
  return parts;
}

State join_layers(const std::vector<std::vector<at::Tensor>>& layers) {
  State state;
  for (size_t part = 0; part < layers.front().size(); ++part) {
    std::vector<at::Tensor> rows;
    for (const auto& layer : layers) rows.push_back(layer[part]);
    state.push_back({rows.size() == 1 ? rows[0] : at::cat(rows), 1});
  }
  return state;
}

at::Tensor drop_outputs(const at::Tensor& outputs, double p, bool training) {
  return training && p > 0 ? at::dropout(outputs, p, true) : outputs;
}

}  // namespace runner::recurrent
