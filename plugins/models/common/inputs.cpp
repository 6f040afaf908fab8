#include <ATen/ATen.h>
#include <runner/recurrent/inputs.h>
#include <runner/recurrent/plain_float.h>
#include <torch/csrc/autograd/custom_function.h>

namespace runner::recurrent {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// tokens of any shape -> one dimension more, of V elements.
at::Tensor one_hot_vectors(const at::Tensor& tokens, int64_t vocabulary, at::ScalarType dtype) {
  std::vector<int64_t> shape = tokens.sizes().vec();
  shape.push_back(vocabulary);
  return at::zeros(shape, at::dtype(dtype).device(tokens.device())).scatter_(-1, tokens.unsqueeze(-1), 1);
}

class Lookup : public torch::autograd::Function<Lookup> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& weight, const at::Tensor& tokens) {
    context->save_for_backward({tokens});
    context->saved_data["rows"] = weight.size(0);
    return at::embedding(weight, tokens);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    if (!context->needs_input_grad(0)) return {{}, {}};
    const at::Tensor tokens = context->get_saved_variables()[0].reshape({-1});
    const at::Tensor d_rows = gradients[0].reshape({tokens.numel(), -1});
    const int64_t rows = context->saved_data["rows"].toInt();
    return {one_hot_vectors(tokens, rows, d_rows.scalar_type()).t().mm(d_rows), {}};
  }
};

}  // namespace

Inputs Inputs::vectors(at::Tensor x) {
  const at::ScalarType dtype = x.scalar_type();
  return {std::move(x), 0, dtype};
}

Inputs Inputs::one_hot(at::Tensor tokens, int64_t vocabulary, at::ScalarType dtype) {
  return {std::move(tokens), vocabulary, dtype};
}

at::Tensor Inputs::dense() const { return vocabulary_ == 0 ? values_ : one_hot_vectors(values_, vocabulary_, dtype_); }

Inputs::Factors Inputs::factors(const at::Tensor& weight) const {
  if (vocabulary_ == 0 || !is_plain_float(weight)) return {dense(), weight};
  const auto [occurring, places] = at::_unique(values_, /*sorted=*/true, /*return_inverse=*/true);
  return {one_hot(places, occurring.numel(), dtype_).dense(), weight.index_select(1, occurring)};
}

at::Tensor Inputs::times(const at::Tensor& weight) const {
  return vocabulary_ == 0 ? values_.matmul(weight) : lookup(weight, values_);
}

std::vector<at::Tensor> Inputs::steps_times(const at::Tensor& weight) const { return times(weight).unbind(0); }

Inputs Inputs::reversed() const { return {values_.flip(0), vocabulary_, dtype_}; }

at::Tensor lookup(const at::Tensor& weight, const at::Tensor& tokens) {
  return is_plain_float(weight) ? at::embedding(weight, tokens) : Lookup::apply(weight, tokens);
}

}  // namespace runner::recurrent
