#include <ATen/ATen.h>
#include <runner/recurrent/gemm.h>
#include <runner/recurrent/linear.h>
#include <runner/recurrent/plain_float.h>
#include <torch/csrc/autograd/custom_function.h>

#include <stdexcept>

namespace runner::recurrent {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// A [rows, columns] view of a contiguous tensor, its last dimension being the columns.
MatrixView view_of(const at::Tensor& x) {
  const int64_t columns = x.size(-1);
  return {x.data_ptr<float>(), columns == 0 ? 0 : x.numel() / columns, columns, columns, 1};
}

class Linear : public torch::autograd::Function<Linear> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias) {
    const at::Tensor inputs = x.contiguous(), weights = weight.contiguous();
    at::Tensor out = at::empty({x.size(0), x.size(1), weight.size(0)}, x.options());
    multiply(view_of(inputs), view_of(weights).transposed(), out.data_ptr<float>(), weight.size(0), Into::replaced,
             bias.contiguous().data_ptr<float>());
    context->save_for_backward({inputs, weights});
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    if (at::GradMode::is_enabled()) {
      throw std::runtime_error("runner::recurrent::linear has no second derivative; use at::linear for that");
    }
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1];
    const at::Tensor d_out = gradients[0].contiguous();
    at::Tensor d_x, d_weight = at::empty_like(weight);
    if (context->needs_input_grad(0)) {
      d_x = at::empty_like(x);
      multiply(view_of(d_out), view_of(weight), d_x.data_ptr<float>(), x.size(2));
    }
    multiply(view_of(d_out).transposed(), view_of(x), d_weight.data_ptr<float>(), x.size(2));
    return {d_x, d_weight, d_out.sum(at::IntArrayRef{0, 1})};
  }
};

// at::linear refuses what does not fit together, and knows every other case.
bool is_ours(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const bool are_floats = is_plain_float(x) && is_plain_float(weight) && bias.defined() && is_plain_float(bias);
  return are_floats && x.dim() == 3 && weight.dim() == 2 && bias.dim() == 1 && x.size(2) == weight.size(1) &&
         bias.size(0) == weight.size(0);
}

}  // namespace

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return is_ours(x, weight, bias) ? Linear::apply(x, weight, bias) : at::linear(x, weight, bias);
}

}  // namespace runner::recurrent
