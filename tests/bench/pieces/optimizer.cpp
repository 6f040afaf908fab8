// What follows the gradients: their norm, clipping and the update.
#include "worker/train/optimizer.h"

#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include "bench/pieces/shape.h"

namespace runner::bench {
namespace {

// The parameters of a GRU with one layer, with gradients.
std::vector<at::Tensor> parameters() {
  std::vector<at::Tensor> all;
  for (const std::vector<int64_t>& shape : std::vector<std::vector<int64_t>>{{3 * kHidden, kVocabulary},
                                                                             {3 * kHidden, kHidden},
                                                                             {3 * kHidden},
                                                                             {3 * kHidden},
                                                                             {kVocabulary, kHidden},
                                                                             {kVocabulary}}) {
    all.push_back(at::randn(shape).requires_grad_());
    all.back().mutable_grad() = at::randn(shape);
  }
  return all;
}

void optimizer_step(benchmark::State& state, const char* name) {
  const auto optimizer = worker::make_optimizer({{"name", name}, {"lr", 1e-6}}, parameters());
  for (auto _ : state) benchmark::DoNotOptimize(optimizer->step(0.01));
}
BENCHMARK_CAPTURE(optimizer_step, sgd, "sgd")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(optimizer_step, adam, "adam")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(optimizer_step, rmsprop, "rmsprop")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace runner::bench
