// Once training is under way, a step takes all its buffers from memory that the process has.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <limits>

#include "models/fused/fused_layer.h"
#include "runner/recurrent/net.h"
#include "unit/train/support.h"
#include "worker/train/loop.h"
#include "worker/train/memory.h"

namespace runner::test {
namespace {

constexpr int64_t kVocabulary = 500, kHidden = 128, kSteps = 20, kRows = 16, kBatches = 8;

// Of the smallest buffer over all steps, the outputs of a layer.
constexpr auto kPagesOfOutputs = static_cast<int64_t>(kSteps * kRows * kHidden * sizeof(float) / 4096);

// Pages that the system gave this process so far.
int64_t pages() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

// New pages of an epoch of eight steps, after three epochs of warm-up: the least of five, since a system that is short
// of memory takes pages away and gives them back.
template <typename Layer>
int64_t pages_of_an_epoch(int64_t layers) {
  typename Layer::Options options;
  options.hidden_size = kHidden;
  options.num_layers = layers;
  const ModelContext context{kVocabulary, at::kCPU, at::kFloat};
  worker::GuardedModel model(std::make_unique<recurrent::RecurrentModel<Layer>>(options, context), "model", context);
  const HandDataset data({kVocabulary, {consecutive(kBatches, kSteps, kRows, kVocabulary, 1)}});
  worker::TrainSettings settings;
  settings.optimizer = {{"name", "adam"}, {"lr", 0.01}};
  RecordedEvents events;
  const SwitchedStop stop;
  worker::Pulse pulse(1, events, stop);
  const auto schedule = worker::make_schedule({{"name", "constant"}}, 0.01, 8);
  worker::TrainingLoop loop(model, data, settings, *schedule, 1, pulse);
  for (int64_t epoch = 1; epoch <= 3; ++epoch) loop.train_epoch(epoch, [] {});
  int64_t least = std::numeric_limits<int64_t>::max();
  for (int64_t epoch = 4; epoch <= 8; ++epoch) {
    const int64_t before = pages();
    loop.train_epoch(epoch, [] {});
    least = std::min(least, pages() - before);
  }
  return least;
}

template <typename Layer>
class StepMemory : public ::testing::Test {};
using Layers = ::testing::Types<fused::RnnLayer, fused::GruLayer, fused::LstmLayer>;
TYPED_TEST_SUITE(StepMemory, Layers);

// Eight steps are not given as much as one buffer of one of them; a buffer taken anew at each would be eight times
// that.
TYPED_TEST(StepMemory, IsTheProcessesOwn) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer's allocator keeps freed memory from being used again";
#endif
  worker::keep_freed_memory();
  for (const int64_t layers : {1, 2})
    EXPECT_LT(pages_of_an_epoch<TypeParam>(layers), kPagesOfOutputs) << layers << " layers";
}

}  // namespace
}  // namespace runner::test
