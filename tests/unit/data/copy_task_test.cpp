#include "data/copy_memory/copy_task.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace runner::copy_memory {
namespace {

CopyOptions options_with(int64_t delay) {
  CopyOptions options;
  options.delay = delay;
  options.batch_size = 3;
  options.batches_per_epoch = 5;
  return options;
}

Batch batch_of(const CopyTask& task, Split split, int64_t epoch, uint64_t seed, int64_t number) {
  const auto stream = task.batches(split, epoch, seed);
  stream->seek(number);
  Batch batch;
  EXPECT_TRUE(stream->next(batch));
  return batch;
}

TEST(CopyTask, SequencesAreSymbolsBlanksDelimiterBlanks) {
  for (const int64_t delay : {1, 2, 30}) {
    const CopyTask task(options_with(delay));
    const Batch batch = batch_of(task, Split::train, 1, 1, 0);
    ASSERT_EQ(batch.inputs.sizes(), at::IntArrayRef({delay + 20, 3}));
    EXPECT_TRUE(batch.fresh_state);
    EXPECT_TRUE((batch.inputs.slice(0, 0, 10) < kSymbols).all().item<bool>());
    EXPECT_TRUE((batch.inputs.slice(0, 10, delay + 9) == kBlank).all().item<bool>());
    EXPECT_TRUE((batch.inputs[delay + 9] == kDelimiter).all().item<bool>());
    EXPECT_TRUE((batch.inputs.slice(0, delay + 10) == kBlank).all().item<bool>());
    EXPECT_TRUE((batch.targets.slice(0, 0, delay + 10) == kBlank).all().item<bool>());
    EXPECT_TRUE(at::equal(batch.targets.slice(0, delay + 10), batch.inputs.slice(0, 0, 10)));
  }
}

TEST(CopyTask, SequencesAreFreshInEveryEpochSeedBatchAndSplit) {
  auto options = options_with(4);
  options.valid_batches = options.test_batches = 5;
  const CopyTask task(options);
  std::set<std::vector<int64_t>> seen;
  size_t drawn = 0;
  const auto draw = [&](Split split, int64_t epoch, uint64_t seed) {
    for (int64_t number = 0; number < 5; ++number) {
      const at::Tensor rows = batch_of(task, split, epoch, seed, number).inputs.slice(0, 0, 10).t().contiguous();
      for (int64_t row = 0; row < 3; ++row, ++drawn) {
        const int64_t* begin = rows.data_ptr<int64_t>() + row * 10;
        seen.emplace(begin, begin + 10);
      }
    }
  };
  for (const uint64_t seed : {0, 1, 2}) {
    for (int64_t epoch = 1; epoch <= 20; ++epoch) draw(Split::train, epoch, seed);
  }
  draw(Split::valid, 1, 0);
  draw(Split::test, 1, 0);
  EXPECT_EQ(drawn, 930u);
  EXPECT_EQ(seen.size(), drawn) << "of a billion possible ones, none should occur twice";
  EXPECT_TRUE(at::equal(batch_of(task, Split::valid, 9, 9, 2).inputs, batch_of(task, Split::valid, 1, 1, 2).inputs));
}

TEST(CopyTask, SymbolsAreUniform) {
  auto options = options_with(1);
  options.batch_size = 8000;
  const at::Tensor symbols = batch_of(CopyTask(options), Split::train, 1, 1, 0).inputs.slice(0, 0, 10);
  for (int64_t place = 0; place < 10; ++place) {
    const at::Tensor counts = at::bincount(symbols[place], {}, kSymbols).to(at::kDouble);
    const double chi_squared = ((counts - 1000) * (counts - 1000) / 1000).sum().item<double>();
    EXPECT_LT(chi_squared, 30) << "seven degrees of freedom: 1 in 10,000";
  }
}

// Results depend on it.
TEST(CopyTask, TheFirstSequenceOfSeedOneIsAsItEverWas) {
  const at::Tensor first = batch_of(CopyTask(options_with(30)), Split::train, 1, 1, 0).inputs.slice(0, 0, 10);
  const at::Tensor row = first.select(1, 0).contiguous();
  EXPECT_EQ(std::vector<int64_t>(row.data_ptr<int64_t>(), row.data_ptr<int64_t>() + 10),
            (std::vector<int64_t>{5, 4, 5, 3, 1, 7, 0, 6, 1, 7}));
}

TEST(CopyTask, TheBaselineIsThatOfTheLiterature) {
  for (const auto& [delay, loss] : {std::pair<int64_t, double>{100, 0.1733}, {500, 0.0400}, {1000, 0.0204}}) {
    const auto facts = CopyTask(options_with(delay)).facts();
    ASSERT_EQ(facts.size(), 2u);
    EXPECT_EQ(facts[0].first, "memoryless_loss");
    EXPECT_NEAR(facts[0].second, loss, 5e-5);
    EXPECT_EQ(facts[1].first, "memoryless_perplexity");
    EXPECT_DOUBLE_EQ(facts[1].second, std::exp(facts[0].second));
  }
}

TEST(CopyTask, SplitsWithoutBatchesAreNone) {
  auto options = options_with(3);
  options.valid_batches = 0;
  const CopyTask task(options);
  EXPECT_TRUE(task.has_split(Split::train));
  EXPECT_FALSE(task.has_split(Split::valid) || task.has_split(Split::test));
  EXPECT_EQ(task.content_hash(), CopyTask(options_with(3)).content_hash());
  EXPECT_NE(task.content_hash(), CopyTask(options_with(4)).content_hash());
}

}  // namespace
}  // namespace runner::copy_memory
