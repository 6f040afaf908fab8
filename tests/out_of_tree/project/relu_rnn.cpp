// An idea for a cell, and nothing but the cell: H_t = relu(X_t W_xh + H_{t-1} W_hh + b). Inputs, stacking and the
// output layer come from runner::recurrent.
#include <runner/plugin.h>
#include <runner/recurrent/net.h>

namespace {

struct ReluCell {
  using Layer = torch::nn::RNN;
  static constexpr size_t kStateParts = 1;

  static Layer make_layer(int64_t inputs, int64_t hidden_size, bool bidirectional) {
    return Layer(torch::nn::RNNOptions(inputs, hidden_size).nonlinearity(torch::kReLU).bidirectional(bidirectional));
  }

  static at::Tensor forward(Layer& layer, const at::Tensor& x, std::vector<at::Tensor>& state) {
    at::Tensor outputs;
    std::tie(outputs, state[0]) = layer->forward(x, state[0]);
    return outputs;
  }
};

}  // namespace

RUNNER_PLUGIN("1.0.0", runner::model<runner::recurrent::RecurrentModel<ReluCell>>("relu_rnn", "plain RNN with relu"))
