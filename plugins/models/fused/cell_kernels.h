// One time step of a recurrent cell, forward and backward: the product with the recurrent weights and all gate
// arithmetic, a few rows and 32 units at a time, so that what the product yields is used while it is in the first-level
// cache.
//
// Shapes: N rows of the batch, H units. A block is 32 units, the last one of a layer maybe fewer. Steps may be computed
// block by block in any order and on several threads; the next step needs all blocks of this one.
//
// What a forward step saves for the backward one lies in slots of H floats, one row a sequence, rows `saved_stride`
// apart. The backward step replaces it by the gradients of the loss with respect to what entered the gates:
//
//   cell          saved              becomes                         recurrent gradients are in
//   rnn           h                  d_a                             slot 0
//   gru           r  z  n  n_h       d_r  d_z  d_n  d_n r            slots 0, 1, 3
//   gru_before    r  z  n  r h       d_r  d_z  d_n  r h (as it was)  slots 0, 1; 2 for the product with r h
//   lstm          i  f  g  o         d_i  d_f  d_g  d_o              slots 0 to 3
//
// n_h is H W_hn + b_hn. Gates are in LibTorch's order.
#pragma once

#include <cstdint>

namespace runner::fused {

// Gates side by side: the first slot of their gradients, the first block of H columns of their weights, how many.
struct GateRange {
  int64_t slot, gate, count;
};

struct ForwardStep {
  int64_t rows = 0, units = 0;
  const float* left = nullptr;            // [N, H], what is multiplied by the panels: h, or r h
  const float* h = nullptr;               // [N, H] before the step
  const float* c = nullptr;               // [N, H] before the step, of an LSTM
  const float* const* x = nullptr;        // N rows [gates * H]: the inputs' product with their weights
  const float* input_bias = nullptr;      // [gates * H]
  const float* recurrent_bias = nullptr;  // [gates * H]
  const float* panels = nullptr;          // of the gates that this function computes, block by block: see packing.h
  float* h_out = nullptr;                 // [N, H] after the step; r h for gru_before's first half
  float* c_out = nullptr;                 // [N, H] after the step, of an LSTM
  float* saved = nullptr;
  int64_t saved_stride = 0;
};

struct BackwardStep {
  int64_t rows = 0, units = 0;
  const float* next = nullptr;        // slots of the step whose gradients flow back here; nullptr: the last step
  const GateRange* ranges = nullptr;  // the gates whose gradients flow to the state through the recurrent weights
  int64_t range_count = 0;
  const float* panels = nullptr;    // the weights of these gates, transposed, block by block: see packing.h
  const float* d_out = nullptr;     // [N, H] gradients of this step's outputs
  const float* d_last = nullptr;    // [N, H] gradients of the final h; nullptr: not the last step, or none
  const float* h_before = nullptr;  // [N, H]
  const float* c_before = nullptr;  // [N, H]
  const float* c = nullptr;         // [N, H] after the step
  float* carry = nullptr;      // [N, H] gradients that reach the state before without a product: of h; of c for an LSTM
  float* saved = nullptr;      // of this step
  float* bias_sums = nullptr;  // [slots * H], gradients added up over rows and steps
  int64_t saved_stride = 0;
};

// first_block <= block < end_block
using Forward = void (*)(const ForwardStep& step, int64_t first_block, int64_t end_block);
using Backward = void (*)(const BackwardStep& step, int64_t first_block, int64_t end_block);

struct CellKernels {
  Forward rnn, gru, lstm;
  Forward gru_before_gates;      // r and z; h_out is r h
  Forward gru_before_candidate;  // n and h, from left = r h
  Backward rnn_back, gru_back, lstm_back;
  Backward gru_before_back;        // d_z and d_n
  Backward gru_before_reset_back;  // d_r, from the step's own d_n
  // to[row][i] += from[row * from_stride + i], i < columns, row after row: rows of `to` may be the same.
  void (*add_rows)(const float* from, int64_t from_stride, int64_t rows, int64_t columns, float* const* to);
};

namespace baseline {
extern const CellKernels kCells;
}
namespace avx2 {
extern const CellKernels kCells;
}
namespace avx512 {
extern const CellKernels kCells;
}

}  // namespace runner::fused
