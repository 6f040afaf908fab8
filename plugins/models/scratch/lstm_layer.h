#pragma once

#include "models/scratch/scratch_layer.h"

namespace runner::scratch {

// I_t, F_t, O_t = sigm(X_t W_x. + H_{t-1} W_h. + b_.)   G_t = tanh(X_t W_xc + H_{t-1} W_hc + b_c)
// C_t = F_t * C_{t-1} + I_t * G_t                       H_t = O_t * tanh(C_t)
//                                                       Hochreiter, Schmidhuber 1997; Gers et al. 2000
class LstmLayer final : public ScratchLayer {
 public:
  static constexpr size_t kStateParts = 2;  // h and c
  static constexpr int64_t kGates = 4;

  LstmLayer(int64_t inputs, const recurrent::RecurrentOptions& options);
  at::Tensor forward(const recurrent::Inputs& x, std::vector<at::Tensor>& state) override;

 private:
  const Weights input_, forget_, output_, cell_;
};

}  // namespace runner::scratch
