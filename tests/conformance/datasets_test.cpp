// What every dataset of this tree must do, on a real text.
#include <gtest/gtest.h>

#include <cmath>

#include "data/copy_memory/copy_task.h"
#include "data/fortunes/fortunes_dataset.h"
#include "data/text/text_dataset.h"
#include "runner/plugin.h"

namespace runner {
namespace {

constexpr const char* kFile = "/usr/share/games/fortunes/song100";

struct Case {
  const char* name;
  const DatasetFactory* factory;
  ParamValues values;
};

template <typename D>
Case case_of(const char* name, ParamValues values) {
  return {name, static_cast<const DatasetFactory*>(dataset<D>(name, "").factory), std::move(values)};
}

std::vector<Case> cases() {
  const std::filesystem::path file = kFile;
  const std::string song = "song100", random = "random", word = "word", byte = "byte", keep = "keep";
  const auto text = [&](const char* name, ParamValues more) {
    more["path"] = file;
    more["batch_size"] = int64_t{8};
    return case_of<text::TextDataset>(name, std::move(more));
  };
  return {text("text", {{"valid_fraction", 0.2}}),
          text("text_random", {{"sampling", random}}),
          text("text_test_part", {{"valid_fraction", 0.1}, {"test_fraction", 0.1}, {"unknown", true}}),
          text("text_files", {{"valid_path", file}, {"test_path", file}}),
          text("text_limit", {{"vocabulary_limit", int64_t{500}}, {"lowercase", true}, {"newline", keep}}),
          text("text_words", {{"token", word}, {"num_steps", int64_t{5}}, {"valid_fraction", 0.2}}),
          text("text_word_lines", {{"token", word}, {"newline", keep}, {"vocabulary_limit", int64_t{100}}}),
          text("text_bytes", {{"token", byte}, {"sampling", random}, {"test_fraction", 0.2}}),
          case_of<text::FortunesDataset>("fortunes", {{"corpus", song}}),
          case_of<text::FortunesDataset>("fortunes_random",
                                         {{"corpus", song}, {"sampling", random}, {"valid_fraction", 0.2}}),
          case_of<text::FortunesDataset>(
              "fortunes_words", {{"corpus", song}, {"token", word}, {"unknown", true}, {"batch_size", int64_t{8}}}),
          case_of<copy_memory::CopyTask>("copy_memory", {{"delay", int64_t{20}}, {"test_batches", int64_t{2}}})};
}

class Datasets : public ::testing::TestWithParam<Case> {
 protected:
  const std::unique_ptr<Dataset> data_ = GetParam().factory->create(GetParam().values, {});
};

std::vector<Batch> take_all(BatchStream& stream) {
  std::vector<Batch> batches;
  for (Batch batch; stream.next(batch);) batches.push_back(batch);
  return batches;
}

void expect_same(const std::vector<Batch>& a, const std::vector<Batch>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(at::equal(a[i].inputs, b[i].inputs));
    EXPECT_TRUE(at::equal(a[i].targets, b[i].targets));
    EXPECT_EQ(a[i].fresh_state, b[i].fresh_state);
  }
}

TEST_P(Datasets, GiveTokensOfTheirVocabularyInEverySplit) {
  for (const Split split : {Split::train, Split::valid, Split::test}) {
    if (!data_->has_split(split)) continue;
    const auto stream = data_->batches(split, 1, 5);
    const auto batches = take_all(*stream);
    ASSERT_GT(batches.size(), 0u);
    EXPECT_EQ(static_cast<int64_t>(batches.size()), stream->size());
    for (const Batch& batch : batches) {
      EXPECT_EQ(batch.inputs.scalar_type(), at::kLong);
      EXPECT_EQ(batch.inputs.sizes(), batch.targets.sizes());
      EXPECT_GE(batch.inputs.min().item<int64_t>(), 0);
      EXPECT_LT(batch.targets.max().item<int64_t>(), data_->vocabulary_size());
    }
  }
}

TEST_P(Datasets, GiveTheSameBatchesHoweverTheyAreAskedFor) {
  const auto other = GetParam().factory->create(GetParam().values, {});
  const auto first = take_all(*data_->batches(Split::train, 3, 5));
  take_all(*other->batches(Split::train, 1, 5));
  expect_same(take_all(*other->batches(Split::train, 3, 5)), first);
  EXPECT_EQ(other->content_hash(), data_->content_hash());
}

TEST_P(Datasets, SeekToAnyBatch) {
  const auto all = take_all(*data_->batches(Split::train, 2, 5));
  const auto stream = data_->batches(Split::train, 2, 5);
  stream->seek(static_cast<int64_t>(all.size()) - 1);
  expect_same(take_all(*stream), {all.back()});
  stream->seek(0);
  expect_same(take_all(*stream), all);
}

TEST_P(Datasets, DecodeWhatTheyEncode) {
  if (!data_->has_text()) {
    EXPECT_THROW(data_->encode("x"), EncodeError);
    return;
  }
  const at::Tensor tokens = data_->sequence(Split::train).slice(0, 0, 200).to(at::kLong);
  const std::vector<int64_t> original(tokens.data_ptr<int64_t>(), tokens.data_ptr<int64_t>() + tokens.numel());
  const std::string text = data_->decode(original);
  EXPECT_EQ(data_->decode(data_->encode(text)), text);
  EXPECT_THROW(data_->encode("\xFF"), EncodeError);
  EXPECT_THROW(data_->decode({data_->vocabulary_size()}), EncodeError);
}

TEST_P(Datasets, SayHowLongTheirTokensAre) {
  for (const Split split : {Split::train, Split::valid, Split::test}) {
    const at::Tensor tokens = data_->sequence(split);
    const bool has_length = data_->has_text() && tokens.defined() && tokens.numel() > 0;
    EXPECT_EQ(data_->characters_per_token(split) > 0, has_length);
  }
}

TEST_P(Datasets, FactsAreNamedNumbers) {
  for (const auto& [name, value] : data_->facts()) {
    EXPECT_FALSE(name.empty());
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string::npos) << name;
    EXPECT_TRUE(std::isfinite(value)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Datasets, ::testing::ValuesIn(cases()),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace runner
