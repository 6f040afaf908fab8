// Random matrices and what tests say of their products.
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <string>
#include <vector>

namespace runner::test {

// A trainable copy, laid out like the original.
inline at::Tensor leaf(const at::Tensor& x, at::ScalarType dtype) {
  return at::empty_like(x, x.options().dtype(dtype)).copy_(x.detach()).requires_grad_();
}

// To single precision: no element is off by more than 1e-5 of the largest one.
inline void expect_rounded(const at::Tensor& found, const at::Tensor& exact, const std::string& what) {
  ASSERT_EQ(found.sizes(), exact.sizes()) << what;
  if (exact.numel() == 0) return;
  const double error = (found.detach().to(at::kDouble) - exact.detach()).abs().max().item<double>();
  EXPECT_LE(error, 1e-5 * exact.detach().abs().max().item<double>() + 1e-7) << what;
}

// Sets the number of threads for one scope.
class Threads {
 public:
  explicit Threads(int count) : before_(at::get_num_threads()) { at::set_num_threads(count); }
  ~Threads() { at::set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  const int before_;
};

}  // namespace runner::test
