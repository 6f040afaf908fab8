// What a recurrent layer reads: vectors, or tokens that stand for one-hot vectors.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace runner::recurrent {

class Inputs {
 public:
  // x [T, N, D].
  static Inputs vectors(at::Tensor x);
  // tokens [T, N] int64 in 0 … V-1, each meaning the vector of V elements that is 1 at the token and 0 elsewhere.
  static Inputs one_hot(at::Tensor tokens, int64_t vocabulary, at::ScalarType dtype);

  // [T, N, D]; D is V for tokens.
  at::Tensor dense() const;
  // Vectors x [T, N, U] and columns of a weight, [G, U]; U is the number of distinct tokens, since only tokens that
  // occur need a column. Their product, x weight^T, is what dense() and the whole weight would give, so that a module
  // that wants vectors multiplies fewer zeros. On the CPU in 32-bit floats; elsewhere, and for vectors, it is dense()
  // with the whole weight: to find out which tokens occur would make a GPU wait.
  struct Factors {
    at::Tensor x, weight;
  };
  Factors factors(const at::Tensor& weight) const;  // `weight`: [G, D], all of it
  // As they are: tokens [T, N] int64, or vectors [T, N, D].
  const at::Tensor& compact() const { return values_; }

  // The product with `weight` [D, G] at every step: [T, N, G]. For tokens it looks up rows: the same numbers without
  // multiplying by zeros.
  at::Tensor times(const at::Tensor& weight) const;
  // The same, as one [N, G] for each step.
  std::vector<at::Tensor> steps_times(const at::Tensor& weight) const;

  // The last step first.
  Inputs reversed() const;

 private:
  Inputs(at::Tensor values, int64_t vocabulary, at::ScalarType dtype)
      : values_(std::move(values)), vocabulary_(vocabulary), dtype_(dtype) {}

  at::Tensor values_;
  int64_t vocabulary_;  // 0: vectors
  at::ScalarType dtype_;
};

// Rows of a weight [V, G] for tokens [T, N]: [T, N, G]. Elsewhere than on the CPU in 32-bit floats its gradient is a
// product with one-hot vectors: at::embedding's makes a GPU wait for the number of distinct tokens, and index_add's is
// not the same on every run.
at::Tensor lookup(const at::Tensor& weight, const at::Tensor& tokens);

}  // namespace runner::recurrent
