#include <ATen/ATen.h>
#include <runner/recurrent/inputs.h>

namespace runner::recurrent {

Inputs Inputs::vectors(at::Tensor x) {
  const at::ScalarType dtype = x.scalar_type();
  return {std::move(x), 0, dtype};
}

Inputs Inputs::one_hot(at::Tensor tokens, int64_t vocabulary, at::ScalarType dtype) {
  return {std::move(tokens), vocabulary, dtype};
}

at::Tensor Inputs::dense() const {
  if (vocabulary_ == 0) return values_;
  const auto options = at::dtype(dtype_).device(values_.device());
  return at::zeros({values_.size(0), values_.size(1), vocabulary_}, options).scatter_(2, values_.unsqueeze(2), 1);
}

// On a GPU the module's weights lie in one buffer for cuDNN, and stay there.
Inputs::Factors Inputs::factors(const at::Tensor& weight) const {
  if (vocabulary_ == 0 || !values_.is_cpu()) return {dense(), weight};
  const auto [occurring, places] = at::_unique(values_, /*sorted=*/true, /*return_inverse=*/true);
  return {one_hot(places, occurring.numel(), dtype_).dense(), weight.index_select(1, occurring)};
}

at::Tensor Inputs::times(const at::Tensor& weight) const {
  return vocabulary_ == 0 ? values_.matmul(weight) : at::embedding(weight, values_);
}

std::vector<at::Tensor> Inputs::steps_times(const at::Tensor& weight) const { return times(weight).unbind(0); }

Inputs Inputs::reversed() const { return {values_.flip(0), vocabulary_, dtype_}; }

}  // namespace runner::recurrent
