#pragma once

#include <cstdint>

namespace runner::fused {

enum class Cell {
  rnn,
  gru,         // the reset gate scales the product, as in torch::nn::GRU
  gru_before,  // the reset gate scales the state before the product (Cho et al. 2014)
  lstm,
};

// How many blocks of H rows the weights have.
int64_t gate_count(Cell cell);

}  // namespace runner::fused
