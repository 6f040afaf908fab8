#pragma once

#include "models/scratch/scratch_layer.h"

namespace runner::scratch {

// H_t = tanh(X_t W_xh + H_{t-1} W_hh + b_h)                                              Elman 1990
class RnnLayer final : public ScratchLayer {
 public:
  static constexpr size_t kStateParts = 1;  // h
  static constexpr int64_t kGates = 1;

  RnnLayer(int64_t inputs, const recurrent::RecurrentOptions& options);
  at::Tensor forward(const recurrent::Inputs& x, std::vector<at::Tensor>& state) override;

 private:
  const Weights hidden_;
};

}  // namespace runner::scratch
