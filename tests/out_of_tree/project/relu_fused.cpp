// The cell of relu_rnn.cpp with a step written by hand: kernels for several instruction sets, the best chosen when it
// runs, and the derivatives that go with them.
#include <runner/isa.h>
#include <runner/plugin.h>
#include <runner/recurrent/gemm.h>
#include <runner/recurrent/net.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <iostream>

#include "relu_kernels.h"

namespace {

using namespace runner::recurrent;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

const outside::ReluKernels& kernels() {
  static const outside::ReluKernels& best = runner::simd::choose(runner::simd::best_isa(), outside::baseline::kRelu,
                                                                 outside::avx2::kRelu, outside::avx512::kRelu);
  return best;
}

// W [H, H] in panels, [panels, H, kPanel].
at::Tensor packed(const at::Tensor& weights) {
  const at::Tensor w = weights.detach().contiguous();
  const int64_t units = w.size(0);
  at::Tensor panels = at::empty({(units + kPanel - 1) / kPanel, units, kPanel});
  for (int64_t i = 0; i < panels.size(0); ++i) {
    pack_panel({w.data_ptr<float>(), units, units, units}, i * kPanel, std::min(kPanel, units - i * kPanel),
               panels[i].data_ptr<float>());
  }
  return panels;
}

// relu(x + h W), all of it contiguous floats on the CPU.
class Step : public torch::autograd::Function<Step> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& h, const at::Tensor& w,
                            const at::Tensor& panels) {
    const at::Tensor out = at::empty_like(h);
    kernels().step(x.data_ptr<float>(), h.data_ptr<float>(), panels.data_ptr<float>(), h.size(0), h.size(1),
                   out.data_ptr<float>());
    context->save_for_backward({h, w, out});
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& d) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &h = saved[0], &w = saved[1], &out = saved[2];
    const at::Tensor d_sum = d[0] * (out > 0);
    return {d_sum, d_sum.mm(w.t()), h.t().mm(d_sum), at::Tensor()};
  }
};

class ReluFusedLayer final : public Layer {
 public:
  using Options = RecurrentOptions;
  static constexpr size_t kStateParts = 1;

  ReluFusedLayer(int64_t inputs, const Options& options) {
    const int64_t hidden = options.hidden_size;
    w_xh_ = register_parameter("W_xh", at::randn({inputs, hidden}) * 0.01);
    w_hh_ = register_parameter("W_hh", at::randn({hidden, hidden}) * 0.01);
    b_ = register_parameter("b", at::zeros({hidden}));
    std::clog << "relu_fused computes with " << kernels().isa << std::endl;
  }

  at::Tensor forward(const Inputs& x, std::vector<at::Tensor>& state) override {
    const at::Tensor panels = packed(w_hh_);
    std::vector<at::Tensor> outputs;
    for (const at::Tensor& xw : x.steps_times(w_xh_)) {
      state[0] = Step::apply((xw + b_).contiguous(), state[0].contiguous(), w_hh_, panels);
      outputs.push_back(state[0]);
    }
    return at::stack(outputs);
  }

  std::vector<Gate> gates() override { return {{w_xh_, w_hh_, {b_}}}; }

 private:
  at::Tensor w_xh_, w_hh_, b_;
};

}  // namespace

RUNNER_PLUGIN("1.0.0", runner::model<RecurrentModel<ReluFusedLayer>>("relu_fused", "plain RNN with relu, on the CPU"))
