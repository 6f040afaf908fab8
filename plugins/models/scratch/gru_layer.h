#pragma once

#include "models/scratch/scratch_layer.h"

namespace runner::scratch {

// R_t = sigm(X_t W_xr + H_{t-1} W_hr + b_r)         Z_t = sigm(X_t W_xz + H_{t-1} W_hz + b_z)
// C_t = tanh(X_t W_xh + (R_t * H_{t-1}) W_hh + b_h) H_t = Z_t * H_{t-1} + (1 - Z_t) * C_t   Cho et al. 2014
//
// With reset_after the reset gate acts after the product instead: R_t * (H_{t-1} W_hh).
class GruLayer final : public ScratchLayer {
 public:
  static constexpr size_t kStateParts = 1;  // h
  static constexpr int64_t kGates = 3;

  GruLayer(int64_t inputs, const recurrent::RecurrentOptions& options);
  at::Tensor forward(const recurrent::Inputs& x, std::vector<at::Tensor>& state) override;

 private:
  const bool reset_after_;
  const Weights reset_, update_, candidate_;
};

}  // namespace runner::scratch
