// What the cells written from the equations share. Weights multiply from the right, as in the equations: X W.
#pragma once

#include <runner/recurrent/layer.h>

#include <string>

namespace runner::scratch {

// The chapter's models are small Gaussians at first; everything else is as in RecurrentOptions.
struct ScratchOptions : recurrent::RecurrentOptions {
  ScratchOptions() { init = "normal"; }
};

class ScratchLayer : public recurrent::Layer {
 public:
  static constexpr bool kIsRecordable = true;

  std::vector<recurrent::Gate> gates() override { return gates_; }

 protected:
  // W_x [D, H], W_h [H, H] and b [H] of one gate.
  struct Weights {
    at::Tensor input, recurrent, bias;
  };

  ScratchLayer(int64_t inputs, int64_t hidden_size) : inputs_(inputs), hidden_size_(hidden_size) {}

  // Registers W_x<gate>, W_h<gate> and b_<gate>, drawn as LibTorch draws its own.
  Weights make_gate(const std::string& gate, bool forgets = false);

 private:
  const int64_t inputs_, hidden_size_;
  std::vector<recurrent::Gate> gates_;
};

}  // namespace runner::scratch
