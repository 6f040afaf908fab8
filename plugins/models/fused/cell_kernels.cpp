#include "models/fused/cell_kernels.h"

#include <runner/recurrent/tile.h>

namespace runner::fused::RUNNER_ISA {
namespace {

using recurrent::kPanel;
using recurrent::tile::add_products;
using recurrent::tile::for_row_tiles;
using recurrent::tile::kPanelVectors;
using simd::Floats;
using simd::kLanes;
using simd::sigmoid;
using simd::tanh;

// --- the equations, for as many units as fit into a vector ---

// x: from the inputs; p: from the state; both with their biases. save: see the table in the header.
struct ForwardLane {
  Floats x[4], p[4];
  Floats h, c;  // before the step, then after it
  Floats save[4];
};

// dh, dc: gradients of the state after the step; dc also flows on to the state before. slots: as saved, then gradients.
struct BackwardLane {
  Floats dh, dc, carry;
  Floats h_before, c_before, c;
  Floats slots[4];
};

struct Rnn {
  static constexpr int kGates = 1, kFirstSlot = 0, kSlots = 1;
  static constexpr bool kHasCell = false;
  RUNNER_SIMD void forward(ForwardLane& lane) { lane.h = lane.save[0] = tanh(lane.x[0] + lane.p[0]); }
  RUNNER_SIMD void backward(BackwardLane& lane) {
    lane.slots[0] = lane.dh * (1 - lane.slots[0] * lane.slots[0]);
    lane.carry = Floats{};
  }
};

struct Gru {
  static constexpr int kGates = 3, kFirstSlot = 0, kSlots = 4;
  static constexpr bool kHasCell = false;
  RUNNER_SIMD void forward(ForwardLane& lane) {
    const Floats r = sigmoid(lane.x[0] + lane.p[0]), z = sigmoid(lane.x[1] + lane.p[1]);
    const Floats n = tanh(lane.x[2] + r * lane.p[2]);
    lane.save[0] = r, lane.save[1] = z, lane.save[2] = n, lane.save[3] = lane.p[2];
    lane.h = n + z * (lane.h - n);
  }
  RUNNER_SIMD void backward(BackwardLane& lane) {
    const Floats r = lane.slots[0], z = lane.slots[1], n = lane.slots[2], n_h = lane.slots[3];
    const Floats dn = lane.dh * (1 - z) * (1 - n * n);
    lane.slots[0] = dn * n_h * r * (1 - r);
    lane.slots[1] = lane.dh * (lane.h_before - n) * z * (1 - z);
    lane.slots[2] = dn;
    lane.slots[3] = dn * r;
    lane.carry = lane.dh * z;
  }
};

struct Lstm {
  static constexpr int kGates = 4, kFirstSlot = 0, kSlots = 4;
  static constexpr bool kHasCell = true;
  RUNNER_SIMD void forward(ForwardLane& lane) {
    const Floats i = sigmoid(lane.x[0] + lane.p[0]), f = sigmoid(lane.x[1] + lane.p[1]);
    const Floats g = tanh(lane.x[2] + lane.p[2]), o = sigmoid(lane.x[3] + lane.p[3]);
    lane.save[0] = i, lane.save[1] = f, lane.save[2] = g, lane.save[3] = o;
    lane.c = f * lane.c + i * g;
    lane.h = o * tanh(lane.c);
  }
  RUNNER_SIMD void backward(BackwardLane& lane) {
    const Floats i = lane.slots[0], f = lane.slots[1], g = lane.slots[2], o = lane.slots[3];
    const Floats squashed = tanh(lane.c);
    const Floats dc = lane.dc + lane.dh * o * (1 - squashed * squashed);
    lane.slots[0] = dc * g * i * (1 - i);
    lane.slots[1] = dc * lane.c_before * f * (1 - f);
    lane.slots[2] = dc * i * (1 - g * g);
    lane.slots[3] = lane.dh * squashed * o * (1 - o);
    lane.carry = dc * f;
  }
};

// The paper's GRU, n from (r h) W_hn, takes two products one after the other.
struct GruBeforeGates {
  static constexpr int kGates = 2, kSlots = 2;
  static constexpr bool kHasCell = false;
  RUNNER_SIMD void forward(ForwardLane& lane) {
    lane.save[0] = sigmoid(lane.x[0] + lane.p[0]);
    lane.save[1] = sigmoid(lane.x[1] + lane.p[1]);
    lane.h = lane.save[0] * lane.h;
  }
};

// d_z and d_n of the paper's GRU; d_r follows in gru_before_reset_back, for which the first slot keeps r and the last
// one r h.
struct GruBeforeBack {
  static constexpr int kFirstSlot = 1, kSlots = 3;
  static constexpr bool kHasCell = false;
  RUNNER_SIMD void backward(BackwardLane& lane) {
    const Floats z = lane.slots[1], n = lane.slots[2];
    lane.slots[1] = lane.dh * (lane.h_before - n) * z * (1 - z);
    lane.slots[2] = lane.dh * (1 - z) * (1 - n * n);
    lane.carry = lane.dh * z;
  }
};

// --- the loops over rows and units ---

RUNNER_SIMD int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// For each row of a step and each unit of the blocks, vector by vector: sum_up(row, block, sums) adds up the products
// of a few rows with the panels of a block, and kFinish(step, row, unit, count, sum) does the rest; `count` units are
// left in the block.
template <auto kFinish, typename Step, typename SumUp>
RUNNER_SIMD void for_vectors(const Step& s, int64_t first_block, int64_t end_block, const SumUp& sum_up) {
  for (int64_t block = first_block; block < end_block; ++block) {
    const int64_t unit = block * kPanel, count = smaller(kPanel, s.units - unit);
    for_row_tiles(0, s.rows, [&](int64_t row, auto row_count) {
      constexpr int kRows = decltype(row_count)::kValue;
      Floats sums[kRows][kPanelVectors] = {};
      sum_up(row, block, sums);
      for (int r = 0; r < kRows; ++r) {
        for (int64_t v = 0; v < kPanelVectors; ++v) {
          if (v * kLanes < count) kFinish(s, row + r, unit + v * kLanes, count - v * kLanes, sums[r][v]);
        }
      }
    });
  }
}

template <int kRows>
RUNNER_SIMD void store_sums(const Floats (&sums)[kRows][kPanelVectors], float (&to)[kRows][kPanel]) {
  for (int r = 0; r < kRows; ++r) {
    for (int64_t v = 0; v < kPanelVectors; ++v) simd::store(&to[r][v * kLanes], sums[r][v]);
  }
}

template <typename Cell>
RUNNER_SIMD void finish_forward(const ForwardStep& s, int64_t row, int64_t unit, int64_t count,
                                const float* const (&products)[Cell::kGates]) {
  ForwardLane lane;
  for (int g = 0; g < Cell::kGates; ++g) {
    const int64_t at = g * s.units + unit;
    lane.x[g] = simd::load(s.x[row] + at, count) + simd::load(s.input_bias + at, count);
    lane.p[g] = simd::load(products[g]) + simd::load(s.recurrent_bias + at, count);
  }
  const int64_t here = row * s.units + unit;
  lane.h = simd::load(s.h + here, count);
  if constexpr (Cell::kHasCell) lane.c = simd::load(s.c + here, count);
  Cell::forward(lane);
  simd::store(s.h_out + here, lane.h, count);
  if constexpr (Cell::kHasCell) simd::store(s.c_out + here, lane.c, count);
  float* const saved = s.saved + row * s.saved_stride + unit;
  for (int slot = 0; slot < Cell::kSlots; ++slot) simd::store(saved + slot * s.units, lane.save[slot], count);
}

template <typename Cell>
void forward(const ForwardStep& s, int64_t first_block, int64_t end_block) {
  for (int64_t block = first_block; block < end_block; ++block) {
    const int64_t unit = block * kPanel, count = smaller(kPanel, s.units - unit);
    const float* const panels = s.panels + block * Cell::kGates * s.units * kPanel;
    for_row_tiles(0, s.rows, [&](int64_t row, auto row_count) {
      constexpr int kRows = decltype(row_count)::kValue;
      alignas(64) float products[Cell::kGates][kRows][kPanel];
      for (int g = 0; g < Cell::kGates; ++g) {
        Floats sums[kRows][kPanelVectors] = {};
        add_products<kRows>(s.left + row * s.units, s.units, 1, panels + g * s.units * kPanel, s.units, sums);
        store_sums<kRows>(sums, products[g]);
      }
      for (int r = 0; r < kRows; ++r) {
        for (int64_t v = 0; v < count; v += kLanes) {
          const float* of_gates[Cell::kGates];
          for (int g = 0; g < Cell::kGates; ++g) of_gates[g] = &products[g][r][v];
          finish_forward<Cell>(s, row + r, unit + v, count - v, of_gates);
        }
      }
    });
  }
}

// n and h of the paper's GRU; z and n lie in their slots.
RUNNER_SIMD void finish_candidate(const ForwardStep& s, int64_t row, int64_t unit, int64_t count, Floats product) {
  const int64_t gate = 2 * s.units + unit, here = row * s.units + unit;
  float* const saved = s.saved + row * s.saved_stride + unit;
  const Floats n = tanh(product + simd::load(s.x[row] + gate, count) + simd::load(s.input_bias + gate, count) +
                        simd::load(s.recurrent_bias + gate, count));
  const Floats z = simd::load(saved + s.units, count);
  simd::store(saved + 2 * s.units, n, count);
  simd::store(saved + 3 * s.units, simd::load(s.left + here, count), count);
  simd::store(s.h_out + here, n + z * (simd::load(s.h + here, count) - n), count);
}

void gru_before_candidate(const ForwardStep& s, int64_t first_block, int64_t end_block) {
  for_vectors<finish_candidate>(s, first_block, end_block, [&](int64_t row, int64_t block, auto& sums) {
    add_products(s.left + row * s.units, s.units, 1, s.panels + block * s.units * kPanel, s.units, sums);
  });
}

template <typename Cell>
RUNNER_SIMD void finish_backward(const BackwardStep& s, int64_t row, int64_t unit, int64_t count, Floats product) {
  BackwardLane lane;
  const int64_t here = row * s.units + unit;
  float* const slots = s.saved + row * s.saved_stride + unit;
  float* const sums = s.bias_sums + unit;
  for (int slot = 0; slot < Cell::kSlots; ++slot) lane.slots[slot] = simd::load(slots + slot * s.units, count);
  lane.dh = product + simd::load(s.d_out + here, count);
  if (s.d_last) lane.dh += simd::load(s.d_last + here, count);
  lane.h_before = simd::load(s.h_before + here, count);
  lane.carry = simd::load(s.carry + here, count);
  if constexpr (Cell::kHasCell) {
    lane.dc = lane.carry;
    lane.c = simd::load(s.c + here, count);
    lane.c_before = simd::load(s.c_before + here, count);
  } else {
    lane.dh += lane.carry;
  }
  Cell::backward(lane);
  simd::store(s.carry + here, lane.carry, count);
  for (int slot = Cell::kFirstSlot; slot < Cell::kSlots; ++slot) {
    simd::store(slots + slot * s.units, lane.slots[slot], count);
    simd::store(sums + slot * s.units, simd::load(sums + slot * s.units, count) + lane.slots[slot], count);
  }
}

// How many floats the panels of a block hold.
RUNNER_SIMD int64_t block_size(const BackwardStep& s) {
  int64_t gates = 0;
  for (int64_t i = 0; i < s.range_count; ++i) gates += s.ranges[i].count;
  return gates * s.units * kPanel;
}

// What flows from gradients, in rows of slots, through the recurrent weights to the units of a block.
template <int kRows>
RUNNER_SIMD void add_flow(const BackwardStep& s, const float* slots, const float* panel,
                          Floats (&sums)[kRows][kPanelVectors]) {
  for (int64_t i = 0; i < s.range_count; ++i) {
    const int64_t inner = s.ranges[i].count * s.units;
    add_products<kRows>(slots + s.ranges[i].slot * s.units, s.saved_stride, 1, panel, inner, sums);
    panel += inner * kPanel;
  }
}

template <typename Cell>
void backward(const BackwardStep& s, int64_t first_block, int64_t end_block) {
  for_vectors<finish_backward<Cell>>(s, first_block, end_block, [&](int64_t row, int64_t block, auto& sums) {
    if (s.next) add_flow(s, s.next + row * s.saved_stride, s.panels + block * block_size(s), sums);
  });
}

// From d_n W_hn^T, which is d (r h), to d_r and the rest of what flows to h.
RUNNER_SIMD void finish_reset_back(const BackwardStep& s, int64_t row, int64_t unit, int64_t count, Floats d_product) {
  const int64_t here = row * s.units + unit;
  float* const slot = s.saved + row * s.saved_stride + unit;
  const Floats reset = simd::load(slot, count);
  const Floats d_reset = d_product * simd::load(s.h_before + here, count) * reset * (1 - reset);
  simd::store(slot, d_reset, count);
  simd::store(s.bias_sums + unit, simd::load(s.bias_sums + unit, count) + d_reset, count);
  simd::store(s.carry + here, simd::load(s.carry + here, count) + d_product * reset, count);
}

void gru_before_reset_back(const BackwardStep& s, int64_t first_block, int64_t end_block) {
  for_vectors<finish_reset_back>(s, first_block, end_block, [&](int64_t row, int64_t block, auto& sums) {
    add_flow(s, s.saved + row * s.saved_stride, s.panels + block * block_size(s), sums);
  });
}

void add_rows(const float* from, int64_t from_stride, int64_t rows, int64_t columns, float* const* to) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < columns; i += kLanes) {
      float* const at = to[row] + i;
      simd::store(at, simd::load(at, columns - i) + simd::load(from + row * from_stride + i, columns - i), columns - i);
    }
  }
}

}  // namespace

const CellKernels kCells = {
    forward<Rnn>,  forward<Gru>,  forward<Lstm>,  forward<GruBeforeGates>, gru_before_candidate,
    backward<Rnn>, backward<Gru>, backward<Lstm>, backward<GruBeforeBack>, gru_before_reset_back,
    add_rows};

}  // namespace runner::fused::RUNNER_ISA
