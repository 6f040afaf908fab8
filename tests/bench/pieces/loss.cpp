// Cross-entropy over all positions of a batch, and its gradient.
#include "worker/train/loss.h"

#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include "bench/pieces/shape.h"

namespace runner::bench {
namespace {

void cross_entropy(benchmark::State& state) {
  const at::Tensor logits = at::randn({kSteps, kRows, kVocabulary}).requires_grad_();
  const at::Tensor targets = at::randint(kVocabulary, {kSteps, kRows}, at::kLong);
  for (auto _ : state) {
    worker::mean_cross_entropy(logits, targets).backward();
    logits.mutable_grad().reset();
  }
  state.SetItemsProcessed(state.iterations() * kSteps * kRows);  // tokens
}
BENCHMARK(cross_entropy)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace runner::bench
