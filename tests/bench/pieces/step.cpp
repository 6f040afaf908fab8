// Training steps of whole models as the worker does them: forward, loss, backward, clipping, update. `pages` are those
// that the system gave in a step: hardly any, where freed memory is used again.
#include <benchmark/benchmark.h>
#include <runner/recurrent/net.h>
#include <sys/resource.h>

#include "bench/pieces/shape.h"
#include "gru/gru_layer.h"
#include "lstm/lstm_layer.h"
#include "models/fused/fused_layer.h"
#include "models/scratch/models.h"
#include "unit/train/support.h"
#include "worker/train/loop.h"
#include "worker/train/memory.h"

namespace runner::bench {
namespace {

constexpr int64_t kBatches = 8;  // of an epoch
constexpr int64_t kWarmUp = 2;   // epochs

worker::TrainSettings settings() {
  worker::TrainSettings settings;
  settings.train.clip_norm = 0.01;
  settings.train.reset_state = "never";
  settings.optimizer = {{"name", "adam"}, {"lr", 0.01}};
  return settings;
}

double pages() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_minflt);
}

// One iteration is an epoch of eight steps.
template <typename M>
void epoch(benchmark::State& state) {
  typename M::Options options;
  options.num_layers = state.range(0);
  const ModelContext context{kVocabulary, at::kCPU, at::kFloat};
  worker::GuardedModel model(std::make_unique<M>(options, context), "model", context);
  const test::HandDataset data({kVocabulary, {test::consecutive(kBatches, kSteps, kRows, kVocabulary, 1)}});
  const worker::TrainSettings train = settings();
  test::RecordedEvents events;
  const test::SwitchedStop stop;
  worker::Pulse pulse(1, events, stop);
  const auto schedule = worker::make_schedule({{"name", "constant"}}, 0.01, 1);
  worker::TrainingLoop loop(model, data, train, *schedule, 1, pulse);
  worker::keep_freed_memory();
  int64_t number = 0;
  while (number < kWarmUp) loop.train_epoch(++number, [] {});
  const double before = pages();
  for (auto _ : state) loop.train_epoch(++number, [] {});
  state.SetItemsProcessed(state.iterations() * kBatches);  // steps
  state.counters["pages"] = (pages() - before) / static_cast<double>(state.iterations() * kBatches);
}

using GruScratch = ModuleModel<scratch::SingleNet<scratch::GruLayer>>;
using LstmScratch = ModuleModel<scratch::SingleNet<scratch::LstmLayer>>;
using Gru = recurrent::RecurrentModel<recurrent::GruLayer>;
using Lstm = recurrent::RecurrentModel<recurrent::LstmLayer>;
using GruFused = recurrent::RecurrentModel<fused::GruLayer>;
using LstmFused = recurrent::RecurrentModel<fused::LstmLayer>;
BENCHMARK(epoch<Gru>)->Name("epoch/gru/layers")->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);
BENCHMARK(epoch<Lstm>)->Name("epoch/lstm/layers")->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);
BENCHMARK(epoch<GruFused>)->Name("epoch/gru_fused/layers")->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);
BENCHMARK(epoch<LstmFused>)->Name("epoch/lstm_fused/layers")->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);
BENCHMARK(epoch<GruScratch>)->Name("epoch/gru_scratch/layers")->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(epoch<LstmScratch>)->Name("epoch/lstm_scratch/layers")->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace runner::bench
