// Matrix products of 32-bit floats.
//
// Faster than a general BLAS for the shapes of a recurrent step, because the right-hand side can be packed once and
// used at every time step, and because a leading dimension of 1024 does no harm. Row i of a product depends on row i of
// the left side alone, to the bit, whatever the other rows and the number of threads.
#pragma once

#include <runner/recurrent/panel.h>

#include <cstdint>

namespace runner::recurrent {

// A matrix in memory, element [i, j] at data[i * row_stride + j * column_stride].
struct MatrixView {
  const float* data = nullptr;
  int64_t rows = 0, columns = 0;
  int64_t row_stride = 0, column_stride = 1;

  MatrixView transposed() const { return {data, columns, rows, column_stride, row_stride}; }
  MatrixView from_column(int64_t first, int64_t count) const {
    return {data + first * column_stride, rows, count, row_stride, column_stride};
  }
};

// What a product does with what was there before.
enum class Into { replaced, added };

// out (+)= a b, out [a.rows, b.columns] with rows `out_stride` apart. `bias`, one value a column, is added to a product
// that replaces; nullptr: none. Throws std::invalid_argument unless a.columns is b.rows.
void multiply(const MatrixView& a, const MatrixView& b, float* out, int64_t out_stride, Into into = Into::replaced,
              const float* bias = nullptr);

// Copies columns [first, first + count) of `b` into one panel, count <= kPanel: element
// [k, c] at panel[k * kPanel + c], further columns 0.
void pack_panel(const MatrixView& b, int64_t first, int64_t count, float* panel);

}  // namespace runner::recurrent
