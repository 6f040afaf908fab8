// One layer at work on one sequence: what its forward and backward passes share. T, N, D, H, G as in sequence.h.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <runner/recurrent/gemm.h>

#include <vector>

#include "models/fused/cell_plan.h"
#include "models/fused/packing.h"
#include "models/fused/sequence.h"

namespace runner::fused {

struct LayerRun {
  LayerRun(Cell cell, const at::Tensor& inputs, const LayerWeights& parameters);

  bool reads_tokens() const;
  int64_t width() const { return plan.gates * units; }  // G
  int64_t slot_stride() const;                          // floats from one row of slots to the next

  const CellPlan& plan;
  const at::Tensor x;          // contiguous
  const LayerWeights weights;  // laid out as the kernels read them
  const int64_t steps, rows, units;
};

// The best for this processor.
const CellKernels& kernels();

// Lets `kernel` do a step, block by block, on the threads that there are.
template <typename Kernel, typename Step>
void run_step(Kernel kernel, const Step& step) {
  at::parallel_for(0, blocks_of(step.units), 1, [&](int64_t begin, int64_t end) { kernel(step, begin, end); });
}

// The numbers of a tensor; nullptr for an undefined one.
float* floats(const at::Tensor& x);

// A contiguous [first dimension, …] tensor, step by step; nullptr for each step of an undefined one.
class Steps {
 public:
  explicit Steps(const at::Tensor& x) : data_(floats(x)), stride_(x.defined() ? x.stride(0) : 0) {}
  float* operator[](int64_t t) const { return data_ ? data_ + t * stride_ : nullptr; }

 private:
  float* const data_;
  const int64_t stride_;
};

// A parameter as it lies in memory: [D, G] for one of shape [G, D].
recurrent::MatrixView in_memory(const at::Tensor& parameter);

// A contiguous [T, N, columns] tensor as [T * N, columns].
recurrent::MatrixView rows_of(const at::Tensor& x);

// For each step and sequence the row of `table` [D, G] that its token chooses. Throws std::out_of_range for a token
// that is no row.
std::vector<float*> token_rows(const LayerRun& run, float* table);

}  // namespace runner::fused
