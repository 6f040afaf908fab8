#include "models/fused/sequence.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <runner/isa.h>
#include <runner/recurrent/gemm.h>

#include <stdexcept>
#include <string>

#include "models/fused/cell_kernels.h"

namespace runner::fused {
namespace {

using recurrent::Into;
using recurrent::kPanel;
using recurrent::MatrixView;
using recurrent::multiply;

// Rows that lie a multiple of 4 KiB apart would compete for the same few lines of the first-level cache.
constexpr int64_t kSlotPadding = 16;

const CellKernels& kernels() {
  static const CellKernels& best = simd::choose(simd::best_isa(), baseline::kCells, avx2::kCells, avx512::kCells);
  return best;
}

int64_t slot_count(Cell cell) { return cell == Cell::rnn ? 1 : 4; }

int64_t blocks_of(int64_t units) { return (units + kPanel - 1) / kPanel; }

float* floats(const at::Tensor& x) { return x.defined() ? x.data_ptr<float>() : nullptr; }

// A matrix as it lies in memory: [D, G] for a parameter of shape [G, D].
MatrixView in_memory(const at::Tensor& parameter) {
  const at::Tensor m = parameter.t();
  return {m.data_ptr<float>(), m.size(0), m.size(1), m.stride(0), m.stride(1)};
}

template <typename Run>
void for_blocks(int64_t units, const Run& run) {
  at::parallel_for(0, blocks_of(units), 1, run);
}

// Recurrent weights [H, count * H] from gate `first` on: for each block of units the panels of its gates.
at::Tensor pack_forward(const MatrixView& w, int64_t first, int64_t count) {
  const int64_t units = w.rows;
  at::Tensor packed = at::empty({blocks_of(units) * count, units * kPanel}, at::kFloat);
  float* panel = floats(packed);
  for (int64_t unit = 0; unit < units; unit += kPanel) {
    for (int64_t gate = first; gate < first + count; ++gate, panel += units * kPanel) {
      recurrent::pack_panel(w, gate * units + unit, std::min(kPanel, units - unit), panel);
    }
  }
  return packed;
}

// The same matrix transposed: for each block of units one panel over all those gates.
at::Tensor pack_backward(const MatrixView& w, int64_t first, int64_t count) {
  const int64_t units = w.rows;
  const MatrixView turned = w.from_column(first * units, count * units).transposed();
  at::Tensor packed = at::empty({blocks_of(units), count * units * kPanel}, at::kFloat);
  for (int64_t block = 0; block < blocks_of(units); ++block) {
    const int64_t unit = block * kPanel;
    recurrent::pack_panel(turned, unit, std::min(kPanel, units - unit),
                          floats(packed) + block * count * units * kPanel);
  }
  return packed;
}

// For each step and row the product of the input with its weights, or a place for its gradient: rows of `table` [D, G]
// that tokens choose.
std::vector<float*> token_rows(const at::Tensor& tokens, float* table, int64_t rows, int64_t width) {
  const at::Tensor here = tokens.contiguous();
  const int64_t* const token = here.data_ptr<int64_t>();
  std::vector<float*> result(static_cast<size_t>(here.numel()));
  for (size_t i = 0; i < result.size(); ++i) {
    if (token[i] < 0 || token[i] >= rows) {
      throw std::out_of_range("token " + std::to_string(token[i]) + " is outside of the vocabulary, 0 to " +
                              std::to_string(rows - 1));
    }
    result[i] = table + token[i] * width;
  }
  return result;
}

bool is_tokens(const at::Tensor& x) { return x.scalar_type() == at::kLong; }

MatrixView rows_of(const at::Tensor& contiguous) {
  const int64_t columns = contiguous.size(-1);
  return {floats(contiguous), contiguous.size(0) * contiguous.size(1), columns, columns, 1};
}

// A contiguous [first dimension, …] tensor and the distance between two of its steps.
struct Steps {
  float* data = nullptr;
  int64_t stride = 0;

  explicit Steps(const at::Tensor& x) : data(floats(x)), stride(x.defined() ? x.stride(0) : 0) {}
  float* operator[](int64_t t) const { return data ? data + t * stride : nullptr; }
};

// One layer at work. N, T, H as in the header.
class Sequence {
 public:
  Sequence(Cell cell, const at::Tensor& x, const LayerWeights& weights)
      : cell_(cell),
        x_(x),
        weights_(weights),
        steps_(x.size(0)),
        rows_(x.size(1)),
        units_(weights.recurrent.size(1)),
        gates_(gate_count(cell)),
        slots_(slot_count(cell)),
        slot_stride_(slots_ * units_ + kSlotPadding) {}

  Trace forward(const std::vector<at::Tensor>& state, bool record) const {
    Trace trace;
    trace.h = begin(state[0]);
    if (cell_ == Cell::lstm) trace.c = begin(state[1]);
    const at::Tensor slots = at::empty({record ? steps_ : 1, rows_, slot_stride_}, at::kFloat);
    const at::Tensor projected = project();
    const std::vector<float*> x = input_rows(projected);
    const int64_t first_gates = cell_ == Cell::gru_before ? 2 : gates_;
    const at::Tensor panels = pack_forward(in_memory(weights_.recurrent), 0, first_gates);
    const at::Tensor candidate_panels =
        cell_ == Cell::gru_before ? pack_forward(in_memory(weights_.recurrent), 2, 1) : at::Tensor();
    const at::Tensor reset_h = cell_ == Cell::gru_before ? at::empty({rows_, units_}, at::kFloat) : at::Tensor();
    const Steps h(trace.h), c(trace.c), saved(slots);
    for (int64_t t = 0; t < steps_; ++t) {
      ForwardStep step;
      step.rows = rows_, step.units = units_;
      step.left = step.h = h[t];
      step.c = c[t];
      step.x = x.data() + t * rows_;
      step.input_bias = floats(weights_.input_bias), step.recurrent_bias = floats(weights_.recurrent_bias);
      step.panels = floats(panels);
      step.h_out = h[t + 1], step.c_out = c[t + 1];
      step.saved = saved[record ? t : 0];
      step.saved_stride = slot_stride_;
      if (cell_ == Cell::gru_before) {
        step.h_out = floats(reset_h);
        run(kernels().gru_before_gates, step);
        step.left = floats(reset_h), step.panels = floats(candidate_panels), step.h_out = h[t + 1];
        run(kernels().gru_before_candidate, step);
      } else {
        run(cell_ == Cell::rnn ? kernels().rnn : cell_ == Cell::gru ? kernels().gru : kernels().lstm, step);
      }
    }
    if (record) trace.slots = slots;
    return trace;
  }

  Gradients backward(Trace& trace, const at::Tensor& d_outputs, const std::vector<at::Tensor>& d_state,
                     const Wanted& wanted) const {
    const at::Tensor bias_sums = at::zeros({slots_ * units_}, at::kFloat);
    at::Tensor carry = back_through_time(trace, d_outputs, d_state, bias_sums);
    Gradients gradients;
    gradients.weights.input_bias = bias_sums.narrow(0, 0, gates_ * units_);
    gradients.weights.recurrent_bias = recurrent_bias_gradient(bias_sums);
    gradients.weights.recurrent = recurrent_gradient(trace);
    gradients.weights.input = input_gradient(trace);
    if (wanted.x) gradients.x = x_gradient(trace);
    if (wanted.state) gradients.state = state_gradients(trace, carry);
    return gradients;
  }

 private:
  // [T + 1, N, H], beginning with the state.
  at::Tensor begin(const at::Tensor& state) const {
    at::Tensor all = at::empty({steps_ + 1, rows_, units_}, at::kFloat);
    all[0].copy_(state);
    return all;
  }

  // [T, N, G], x W^T; undefined for tokens, whose products are rows of the weights.
  at::Tensor project() const {
    if (is_tokens(x_)) return {};
    at::Tensor out = at::empty({steps_, rows_, gates_ * units_}, at::kFloat);
    multiply(rows_of(x_), in_memory(weights_.input), floats(out), out.size(2));
    return out;
  }

  std::vector<float*> input_rows(const at::Tensor& projected) const {
    const MatrixView w = in_memory(weights_.input);
    if (!projected.defined()) return token_rows(x_, const_cast<float*>(w.data), w.rows, w.columns);
    std::vector<float*> rows(static_cast<size_t>(steps_ * rows_));
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = floats(projected) + static_cast<int64_t>(i) * gates_ * units_;
    return rows;
  }

  template <typename Kernel, typename Step>
  void run(Kernel kernel, const Step& step) const {
    for_blocks(units_, [&](int64_t begin, int64_t end) { kernel(step, begin, end); });
  }

  // Turns the slots into gradients. Returns what reaches the state before the first step without a product: of h, of c
  // for an LSTM, [N, H].
  at::Tensor back_through_time(Trace& trace, const at::Tensor& d_outputs, const std::vector<at::Tensor>& d_state,
                               const at::Tensor& bias_sums) const {
    const MatrixView w = in_memory(weights_.recurrent);
    const int64_t first_gates = cell_ == Cell::gru_before ? 2 : gates_;
    const at::Tensor panels = pack_backward(w, 0, first_gates);
    const at::Tensor candidate_panels = cell_ == Cell::gru_before ? pack_backward(w, 2, 1) : at::Tensor();
    const at::Tensor d_last = d_state[0].defined() ? d_state[0].contiguous() : at::Tensor();
    at::Tensor carry = at::zeros({rows_, units_}, at::kFloat);
    if (cell_ == Cell::lstm && d_state[1].defined()) carry.copy_(d_state[1]);
    const Steps h(trace.h), c(trace.c), saved(trace.slots), d_out(d_outputs);
    for (int64_t t = steps_ - 1; t >= 0; --t) {
      BackwardStep step;
      step.rows = rows_, step.units = units_;
      step.next = t + 1 < steps_ ? saved[t + 1] : nullptr;
      step.panels = floats(panels);
      step.d_out = d_out[t];
      step.d_last = t + 1 < steps_ ? nullptr : floats(d_last);
      step.h_before = h[t], step.c_before = c[t], step.c = c[t + 1];
      step.carry = floats(carry);
      step.saved = saved[t];
      step.bias_sums = floats(bias_sums);
      step.saved_stride = slot_stride_;
      if (cell_ == Cell::gru_before) {
        run(kernels().gru_before_back, step);
        step.panels = floats(candidate_panels);
        run(kernels().gru_before_reset_back, step);
      } else {
        run(cell_ == Cell::rnn   ? kernels().rnn_back
            : cell_ == Cell::gru ? kernels().gru_back
                                 : kernels().lstm_back,
            step);
      }
    }
    return carry;
  }

  // The gradients in slots first … first + count - 1 as a matrix, [T * N, count * H].
  MatrixView slots_of(const Trace& trace, int64_t first, int64_t count) const {
    return {floats(trace.slots) + first * units_, steps_ * rows_, count * units_, slot_stride_, 1};
  }

  // The states before each step, [T * N, H].
  MatrixView states_before(const Trace& trace) const { return {floats(trace.h), steps_ * rows_, units_, units_, 1}; }

  at::Tensor recurrent_bias_gradient(const at::Tensor& sums) const {
    if (cell_ != Cell::gru) return sums.narrow(0, 0, gates_ * units_).clone();
    return at::cat({sums.narrow(0, 0, 2 * units_), sums.narrow(0, 3 * units_, units_)});
  }

  at::Tensor recurrent_gradient(const Trace& trace) const {
    at::Tensor d = at::empty({units_, gates_ * units_}, at::kFloat);
    const MatrixView h = states_before(trace).transposed();
    const auto put = [&](const MatrixView& left, int64_t slot, int64_t gate, int64_t count) {
      multiply(left, slots_of(trace, slot, count), floats(d) + gate * units_, d.size(1));
    };
    switch (cell_) {
      case Cell::rnn:
      case Cell::lstm:
        put(h, 0, 0, gates_);
        break;
      case Cell::gru:
        put(h, 0, 0, 2);
        put(h, 3, 2, 1);
        break;
      case Cell::gru_before:
        put(h, 0, 0, 2);
        put(slots_of(trace, 3, 1).transposed(), 2, 2, 1);
        break;
    }
    return d.t();
  }

  at::Tensor input_gradient(const Trace& trace) const {
    const int64_t inputs = weights_.input.size(1), width = gates_ * units_;
    if (is_tokens(x_)) {
      at::Tensor d = at::zeros({inputs, width}, at::kFloat);
      const std::vector<float*> rows = token_rows(x_, floats(d), inputs, width);
      kernels().add_rows(floats(trace.slots), slot_stride_, steps_ * rows_, width, rows.data());
      return d.t();
    }
    at::Tensor d = at::empty({inputs, width}, at::kFloat);
    multiply(rows_of(x_).transposed(), slots_of(trace, 0, gates_), floats(d), width);
    return d.t();
  }

  at::Tensor x_gradient(const Trace& trace) const {
    at::Tensor d = at::empty_like(x_);
    multiply(slots_of(trace, 0, gates_), in_memory(weights_.input).transposed(), floats(d), d.size(2));
    return d;
  }

  std::vector<at::Tensor> state_gradients(const Trace& trace, const at::Tensor& carry) const {
    at::Tensor d_h = cell_ == Cell::lstm ? at::zeros_like(carry) : carry;
    const MatrixView w = in_memory(weights_.recurrent);
    const auto add = [&](int64_t slot, int64_t gate, int64_t count) {
      MatrixView first_step = slots_of(trace, slot, count);
      first_step.rows = rows_;
      multiply(first_step, w.from_column(gate * units_, count * units_).transposed(), floats(d_h), units_, Into::added);
    };
    if (cell_ == Cell::gru || cell_ == Cell::gru_before) {
      add(0, 0, 2);
      if (cell_ == Cell::gru) add(3, 2, 1);
    } else {
      add(0, 0, gates_);
    }
    if (cell_ == Cell::lstm) return {d_h, carry};
    return {d_h};
  }

  const Cell cell_;
  const at::Tensor& x_;
  const LayerWeights& weights_;
  const int64_t steps_, rows_, units_, gates_, slots_, slot_stride_;
};

// The matrices the way round that the kernels read; no copy for parameters of ours.
at::Tensor laid_out(const at::Tensor& parameter) { return parameter.t().contiguous().t(); }

LayerWeights laid_out(const LayerWeights& weights) {
  return {laid_out(weights.input), laid_out(weights.recurrent), weights.input_bias.contiguous(),
          weights.recurrent_bias.contiguous()};
}

}  // namespace

int64_t gate_count(Cell cell) { return cell == Cell::rnn ? 1 : cell == Cell::lstm ? 4 : 3; }

Trace run_forward(Cell cell, const at::Tensor& x, const LayerWeights& weights, const std::vector<at::Tensor>& state,
                  bool record) {
  const at::Tensor inputs = x.contiguous();
  const LayerWeights ready = laid_out(weights);
  return Sequence(cell, inputs, ready).forward(state, record);
}

Gradients run_backward(Cell cell, const at::Tensor& x, const LayerWeights& weights, Trace& trace,
                       const at::Tensor& d_outputs, const std::vector<at::Tensor>& d_state, const Wanted& wanted) {
  const at::Tensor inputs = x.contiguous();
  const LayerWeights ready = laid_out(weights);
  const int64_t steps = x.size(0), rows = x.size(1), units = weights.recurrent.size(1);
  const at::Tensor d_out = d_outputs.defined() ? d_outputs.contiguous() : at::zeros({steps, rows, units}, at::kFloat);
  return Sequence(cell, inputs, ready).backward(trace, d_out, d_state, wanted);
}

}  // namespace runner::fused
