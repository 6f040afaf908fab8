// An idea for a cell, and nothing but the cell: H_t = relu(X_t W_xh + H_{t-1} W_hh + b). Inputs, stacking,
// initialisation and the output layer come from runner::recurrent.
#include <runner/plugin.h>
#include <runner/recurrent/net.h>

namespace {

using namespace runner::recurrent;

class ReluLayer final : public Layer {
 public:
  using Options = RecurrentOptions;
  static constexpr size_t kStateParts = 1;

  ReluLayer(int64_t inputs, const Options& options) {
    const int64_t hidden = options.hidden_size;
    w_xh_ = register_parameter("W_xh", at::randn({inputs, hidden}) * 0.01);
    w_hh_ = register_parameter("W_hh", at::randn({hidden, hidden}) * 0.01);
    b_ = register_parameter("b", at::zeros({hidden}));
  }

  at::Tensor forward(const Inputs& x, std::vector<at::Tensor>& state) override {
    std::vector<at::Tensor> outputs;
    for (const at::Tensor& xw : x.steps_times(w_xh_)) {
      state[0] = at::relu(xw + state[0].mm(w_hh_) + b_);
      outputs.push_back(state[0]);
    }
    return at::stack(outputs);
  }

  std::vector<Gate> gates() override { return {{w_xh_, w_hh_, {b_}}}; }

 private:
  at::Tensor w_xh_, w_hh_, b_;
};

}  // namespace

RUNNER_PLUGIN("1.0.0", runner::model<RecurrentModel<ReluLayer>>("relu_rnn", "plain RNN with relu"))
