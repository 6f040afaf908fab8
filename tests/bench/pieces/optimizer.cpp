// What follows the gradients: clipping by their global norm, and the optimizer's step.
#include "worker/train/optimizer.h"

#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include "bench/pieces/shape.h"
#include "worker/train/clip.h"

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
  for (auto _ : state) optimizer->step();
}
BENCHMARK_CAPTURE(optimizer_step, sgd, "sgd")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(optimizer_step, adam, "adam")->Unit(benchmark::kMillisecond);

void clip_gradients(benchmark::State& state) {
  const std::vector<at::Tensor> all = parameters();
  for (auto _ : state) benchmark::DoNotOptimize(worker::clip_gradients(all, 0.01));
}
BENCHMARK(clip_gradients)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace runner::bench
