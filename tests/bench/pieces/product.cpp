// Matrix products at the shapes of a training step: ours beside LibTorch's BLAS.
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>
#include <runner/recurrent/gemm.h>

#include "bench/pieces/shape.h"

namespace runner::bench {
namespace {

struct Product {
  int64_t rows, inner, columns;
};

Product product_of(const benchmark::State& state) { return {state.range(0), state.range(1), state.range(2)}; }

// Floating-point operations a second.
void count(benchmark::State& state, const Product& p) {
  const auto operations = static_cast<double>(2 * p.rows * p.inner * p.columns);
  state.counters["FLOP/s"] = benchmark::Counter(operations, benchmark::Counter::kIsIterationInvariantRate);
}

void ours(benchmark::State& state) {
  const Product p = product_of(state);
  const at::Tensor a = at::randn({p.rows, p.inner}), b = at::randn({p.inner, p.columns});
  at::Tensor out = at::empty({p.rows, p.columns});
  for (auto _ : state) {
    recurrent::multiply({a.data_ptr<float>(), p.rows, p.inner, p.inner},
                        {b.data_ptr<float>(), p.inner, p.columns, p.columns}, out.data_ptr<float>(), p.columns);
  }
  count(state, p);
}

void blas(benchmark::State& state) {
  const Product p = product_of(state);
  const at::Tensor a = at::randn({p.rows, p.inner}), b = at::randn({p.inner, p.columns});
  at::Tensor out = at::empty({p.rows, p.columns});
  for (auto _ : state) at::mm_out(out, a, b);
  count(state, p);
}

// A time step of a GRU and of an LSTM, the logits of a batch, their gradients' way back.
void shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"rows", "inner", "columns"});
  for (const auto& [rows, inner, columns] :
       {Product{kRows, kHidden, 3 * kHidden}, Product{kRows, kHidden, 4 * kHidden},
        Product{kSteps * kRows, kHidden, kVocabulary}, Product{kSteps * kRows, kVocabulary, kHidden}}) {
    benchmark->Args({rows, inner, columns});
  }
}
BENCHMARK(ours)->Name("product/ours")->Apply(shapes);
BENCHMARK(blas)->Name("product/blas")->Apply(shapes);

}  // namespace
}  // namespace runner::bench
