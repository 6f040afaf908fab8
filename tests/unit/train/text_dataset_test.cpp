// The datasets `text` and `fortunes`, by direct use of their classes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "data/fortunes/fortunes_dataset.h"
#include "data/text/text_dataset.h"
#include "unit/train/support.h"

namespace runner::text {
namespace {
namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::HasSubstr;

// A folder of the test's own, removed at its end.
class TextData : public ::testing::Test {
 protected:
  TextData() {
    std::string name = (fs::temp_directory_path() / "runner-text-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~TextData() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  TextFileOptions options_for(const std::string& bytes, int64_t steps, int64_t rows) const {
    TextFileOptions options;
    options.path = write("text.txt", bytes);
    options.num_steps = steps;
    options.batch_size = rows;
    return options;
  }

  fs::path folder_;
};

// The message of the OptionError for `option` that `make` throws.
template <typename Make>
std::string refusal(const std::string& option, Make make) {
  try {
    make();
  } catch (const OptionError& error) {
    EXPECT_EQ(error.option(), option) << error.what();
    return error.what();
  }
  return "accepted";
}

std::vector<Batch> all_batches(const Dataset& data, Split split = Split::train, int64_t epoch = 1, uint64_t seed = 1) {
  const auto stream = data.batches(split, epoch, seed);
  std::vector<Batch> batches;
  for (Batch batch; stream->next(batch);) batches.push_back(batch);
  EXPECT_EQ(static_cast<int64_t>(batches.size()), stream->size());
  return batches;
}

bool same(const std::vector<Batch>& a, const std::vector<Batch>& b) {
  const auto equal = [](const Batch& x, const Batch& y) {
    return at::equal(x.inputs, y.inputs) && at::equal(x.targets, y.targets) && x.fresh_state == y.fresh_state;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), equal);
}

std::string row_text(const Dataset& data, const at::Tensor& tokens, int64_t row) {
  const at::Tensor column = tokens.select(1, row).contiguous();
  return data.decode({column.data_ptr<int64_t>(), column.data_ptr<int64_t>() + column.numel()});
}

std::string random_text(std::mt19937& random, size_t length) {
  std::string text;
  for (size_t i = 0; i < length; ++i) text += static_cast<char>('a' + random() % 26);
  return text;
}

TEST_F(TextData, TheVocabularyIsTheSortedDistinctCharactersOfTheTextUsed) {
  auto options = options_for("b界a a界b界zzz", 1, 1);
  options.max_chars = 7;
  const TextDataset data(options);
  EXPECT_EQ(data.vocabulary_size(), 4);
  EXPECT_EQ(data.encode(" ab界"), (std::vector<int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(data.decode({3, 3, 0, 2}), "界界 b");
}

TEST_F(TextData, EveryKindOfLineEndIsOneSpace) {
  const TextDataset data(options_for("a\nb\r\nc\rd\n\ne", 9, 1));
  EXPECT_EQ(row_text(data, data.sequence(Split::train).to(at::kLong).unsqueeze(1), 0), "a b c d  e");
}

TEST_F(TextData, AByteOrderMarkIsNoCharacter) {
  EXPECT_EQ(TextDataset(options_for("\xEF\xBB\xBF"
                                    "ab",
                                    1, 1))
                .vocabulary_size(),
            2);
}

TEST_F(TextData, EncodingNamesTheFirstCharacterThatIsMissing) {
  const TextDataset data(options_for("abab", 1, 1));
  const auto message = [&](const std::string& text) {
    try {
      data.encode(text);
    } catch (const EncodeError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(message("ab界x"), "the character \"界\" does not occur in the vocabulary of 2 characters");
  EXPECT_EQ(message("a\nb"), "the character U+000A does not occur in the vocabulary of 2 characters");
  EXPECT_THAT(message("ab\xFF"), HasSubstr("not valid UTF-8: see its byte 2"));
  EXPECT_THROW(data.decode({2}), EncodeError);
  EXPECT_THROW(data.decode({-1}), EncodeError);
}

TEST_F(TextData, ConsecutiveBatchesReassembleTheText) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    const auto steps = static_cast<int64_t>(1 + random() % 7), rows = static_cast<int64_t>(1 + random() % 5);
    const std::string text = random_text(random, static_cast<size_t>(rows * (steps + 1)) + random() % 100);
    const TextDataset data(options_for(text, steps, rows));
    const auto batches = all_batches(data);
    const int64_t columns = static_cast<int64_t>(text.size()) / rows;
    ASSERT_EQ(static_cast<int64_t>(batches.size()), (columns - 1) / steps);
    for (int64_t row = 0; row < rows; ++row) {
      std::string inputs, targets;
      for (const Batch& batch : batches) {
        EXPECT_FALSE(batch.fresh_state);
        EXPECT_EQ(batch.inputs.sizes(), at::IntArrayRef({steps, rows}));
        inputs += row_text(data, batch.inputs, row);
        targets += row_text(data, batch.targets, row);
      }
      EXPECT_EQ(inputs, text.substr(static_cast<size_t>(row * columns), inputs.size()));
      EXPECT_EQ(targets, text.substr(static_cast<size_t>(row * columns) + 1, inputs.size()));
    }
  }
}

// A text in which every character occurs once, so that a token is a position.
std::string distinct_characters(int64_t count) {
  std::string text;
  for (int64_t i = 0; i < count; ++i) append_utf8(static_cast<char32_t>(0x4e00 + i), text);
  return text;
}

TEST_F(TextData, RandomBatchesCoverWindowsOnceAnEpoch) {
  std::mt19937 random(2);
  for (int round = 0; round < 50; ++round) {
    const auto steps = static_cast<int64_t>(1 + random() % 7), rows = static_cast<int64_t>(1 + random() % 5);
    const int64_t size = rows * steps + 1 + static_cast<int64_t>(random() % 100);
    auto options = options_for(distinct_characters(size), steps, rows);
    options.sampling = "random";
    const TextDataset data(options);
    const auto batches = all_batches(data, Split::train, round + 1);
    ASSERT_EQ(static_cast<int64_t>(batches.size()), (size - 1) / steps / rows);
    std::set<int64_t> starts;
    for (const Batch& batch : batches) {
      EXPECT_TRUE(batch.fresh_state);
      EXPECT_TRUE(at::equal(batch.targets, batch.inputs + 1));
      EXPECT_TRUE(at::equal(batch.inputs, batch.inputs[0] + at::arange(steps).unsqueeze(1)));
      for (int64_t row = 0; row < rows; ++row) starts.insert(batch.inputs[0][row].item<int64_t>());
    }
    EXPECT_EQ(static_cast<int64_t>(starts.size()), static_cast<int64_t>(batches.size()) * rows)
        << "a window came twice";
    for (const int64_t start : starts) EXPECT_EQ((start - *starts.begin()) % steps, 0) << "windows overlap";
  }
}

TEST_F(TextData, RandomBatchesCoverTheWholeTextOverTheEpochs) {
  auto options = options_for(distinct_characters(100), 7, 2);
  options.sampling = "random";
  const TextDataset data(options);
  std::set<int64_t> seen;
  for (int64_t epoch = 1; epoch <= 60; ++epoch) {
    for (const Batch& batch : all_batches(data, Split::train, epoch)) {
      for (int64_t i = 0; i < batch.targets.numel(); ++i) seen.insert(batch.targets.view(-1)[i].item<int64_t>());
    }
  }
  EXPECT_EQ(seen.size(), 99u) << "every character but the first is a target in some epoch";
}

TEST_F(TextData, BatchesAreAPureFunctionOfEpochAndSeed) {
  std::mt19937 random(3);
  auto options = options_for(random_text(random, 1000), 7, 3);
  for (const char* sampling : {"consecutive", "random"}) {
    options.sampling = sampling;
    const TextDataset data(options);
    const auto first = all_batches(data, Split::train, 5, 77);
    EXPECT_EQ(same(all_batches(data, Split::train, 6, 77), first), options.sampling == "consecutive");
    EXPECT_EQ(same(all_batches(data, Split::train, 5, 78), first), options.sampling == "consecutive");
    EXPECT_TRUE(same(all_batches(data, Split::train, 5, 77), first));
    EXPECT_TRUE(same(all_batches(TextDataset(options), Split::train, 5, 77), first));
  }
}

TEST_F(TextData, SeekingEqualsSkipping) {
  std::mt19937 random(4);
  auto options = options_for(random_text(random, 300), 4, 3);
  for (const char* sampling : {"consecutive", "random"}) {
    options.sampling = sampling;
    const TextDataset data(options);
    const auto all = all_batches(data, Split::train, 2, 9);
    for (size_t k = 0; k <= all.size(); ++k) {
      const auto stream = data.batches(Split::train, 2, 9);
      stream->seek(static_cast<int64_t>(k));
      std::vector<Batch> rest;
      for (Batch batch; stream->next(batch);) rest.push_back(batch);
      EXPECT_TRUE(same(rest, {all.begin() + static_cast<std::ptrdiff_t>(k), all.end()}));
    }
  }
}

TEST_F(TextData, TheValidationPartIsTheEndOfTheTextAndConsecutive) {
  auto options = options_for(distinct_characters(100), 4, 2);
  options.sampling = "random";
  options.valid_fraction = 0.25;
  const TextDataset data(options);
  ASSERT_TRUE(data.has_split(Split::valid));
  for (const Batch& batch : all_batches(data)) EXPECT_LT(batch.targets.max().item<int64_t>(), 75);
  const auto valid = all_batches(data, Split::valid, 1, 1);
  EXPECT_EQ(valid[0].inputs[0][0].item<int64_t>(), 75);
  EXPECT_FALSE(valid[0].fresh_state);
  EXPECT_TRUE(same(valid, all_batches(data, Split::valid, 9, 9)));
  options.valid_fraction = 0;
  EXPECT_FALSE(TextDataset(options).has_split(Split::valid));
}

TEST_F(TextData, TheHashKnowsTokensSplitAndVocabularyAlone) {
  auto options = options_for("abcabcabcabcabc", 1, 1);
  const std::string hash = TextDataset(options).content_hash();
  EXPECT_EQ(hash.size(), 64u);
  auto other = options;
  other.num_steps = 2;
  EXPECT_EQ(TextDataset(other).content_hash(), hash);
  other.valid_fraction = 0.4;
  EXPECT_NE(TextDataset(other).content_hash(), hash);
  EXPECT_NE(TextDataset(options_for("abdabdabdabdabd", 1, 1)).content_hash(), hash);
  EXPECT_NE(TextDataset(options_for("abcabcabcabcacb", 1, 1)).content_hash(), hash);
}

TEST_F(TextData, FilesThatCannotBeReadAreNamedWithTheReason) {
  const auto message = [](const fs::path& path) {
    TextFileOptions options;
    options.path = path;
    return refusal("path", [&] { TextDataset{options}; });
  };
  EXPECT_THAT(message(folder_ / "none.txt"), AllOf(HasSubstr("none.txt"), HasSubstr("there is no such file")));
  EXPECT_THAT(message("/dev/null"), HasSubstr("no regular file"));
  EXPECT_THAT(message("/proc/self/mem"), HasSubstr("Input/output error"));
  EXPECT_THAT(message(write("empty.txt", "")), AllOf(HasSubstr("empty.txt"), HasSubstr("it is empty")));
  EXPECT_THAT(message(write("latin1.txt", "caf\xE9 au lait")),
              AllOf(HasSubstr("latin1.txt"), HasSubstr("see its byte 3,")));
  EXPECT_THAT(message(write("cut.txt", "界\xE7\x95")), HasSubstr("see its byte 3,"));
}

TEST_F(TextData, TextsTooShortForABatchAreRefusedWithBothSizes) {
  auto options = options_for(std::string(11, 'x'), 3, 3);
  const auto refused = [&](const std::string& option) { return refusal(option, [&] { TextDataset{options}; }); };
  EXPECT_THAT(refused("path"), AllOf(HasSubstr("text.txt has 11 characters"), HasSubstr("needs 3 * (3 + 1) = 12")));
  options.sampling = "random";
  EXPECT_EQ(refused("path"), "accepted");
  options.path = write("text.txt", std::string(9, 'x'));
  EXPECT_THAT(refused("path"), AllOf(HasSubstr("has 9 characters"), HasSubstr("needs 3 * 3 + 1 = 10")));
  options.path = write("text.txt", std::string(50, 'x'));
  options.max_chars = 8;
  EXPECT_THAT(refused("max_chars"), HasSubstr("that max_chars leaves has 8 characters"));
  options.max_chars = 0;
  options.valid_fraction = 0.9;
  EXPECT_THAT(refused("valid_fraction"), HasSubstr("the training part of"));
  options.valid_fraction = 0.2;
  EXPECT_THAT(refused("valid_fraction"), HasSubstr("the validation part of"));
}

TEST_F(TextData, SchemasDeclareWhatTheDatasetsObey) {
  const auto& factory = test::dataset_factory<TextDataset>();
  ParamValues values = {
      {"path", write("a.txt", std::string(100, 'a') + "b")}, {"num_steps", int64_t{4}}, {"batch_size", int64_t{5}}};
  const auto data = factory.create(values, {});
  EXPECT_EQ(all_batches(*data).front().inputs.sizes(), at::IntArrayRef({4, 5}));
  EXPECT_EQ(factory.params().size(), 15u);
  EXPECT_FALSE(factory.params()[0].default_value.has_value());
}

// Fortune files.

TEST(Fortunes, EscapesAreStrippedAndNothingElse) {
  EXPECT_EQ(without_escapes("\x1b[32m界\x1b[m [m\x1b[1;33mb\x1b[;m"), "界 [mb");
  EXPECT_EQ(without_escapes("a\x1b]0;title\a"
                            "b\x1b]x\x1b\\"
                            "c\x1b"
                            "7d\x1b"),
            "abcd");
}

TEST(Fortunes, RecordsAreJoinedByNewlines) {
  EXPECT_EQ(joined_records("a\nb\n%\nc\n%\n"), "a\nb\nc");
  EXPECT_EQ(joined_records("%\n%\n"), "");
  EXPECT_EQ(joined_records("50 %\n%x\n %\n"), "50 %\n%x\n %");
  EXPECT_EQ(joined_records("a\n\n%\nb"), "a\n\nb");
}

TEST_F(TextData, AMissingCorpusListsThoseThatAreThere) {
  write("poems", "x");
  write("poems.dat", "x");
  write("jokes", "x");
  FortunesOptions options;
  options.folder = folder_;
  for (const char* corpus : {"tang", "../poems", "", "."}) {
    options.corpus = corpus;
    EXPECT_THAT(refusal("corpus", [&] { FortunesDataset{options}; }),
                AllOf(HasSubstr("expected one of jokes, poems;"), HasSubstr("fortunes-zh")));
  }
  options.folder = folder_ / "nowhere";
  EXPECT_THAT(refusal("folder", [&] { FortunesDataset{options}; }), HasSubstr("fortunes-zh"));
}

TEST_F(TextData, AWrongByteOfAFortuneFileIsCountedInTheFile) {
  write("poems", "\x1b[32ma\x1b[m\n%\n\xFF\n");
  FortunesOptions options;
  options.folder = folder_;
  options.corpus = "poems";
  EXPECT_THAT(refusal("corpus", [&] { FortunesDataset{options}; }), HasSubstr("see its byte 12,"));
}

// The files in a folder, by name, with their inodes: one that is written again is another.
std::map<std::string, ino_t> inodes_in(const fs::path& folder) {
  std::map<std::string, ino_t> inodes;
  for (const auto& entry : fs::directory_iterator(folder)) {
    struct stat status {};
    stat(entry.path().c_str(), &status);
    inodes[entry.path().filename().string()] = status.st_ino;
  }
  return inodes;
}

TEST_F(TextData, ATrialTakesTheTextFromWhereItsPreparationKeptIt) {
  const Json options = {{"corpus", "tang300"}, {"max_chars", 2000}, {"batch_size", 4}};
  const auto& factory = test::dataset_factory<FortunesDataset>();
  protocol::PrepareJob preparation;
  preparation.data.options = options;
  preparation.cache = folder_.string();
  test::run_prepare(preparation, factory);
  const auto kept = inodes_in(folder_);
  ASSERT_FALSE(kept.empty());
  protocol::TrainJob trial = test::small_job();
  trial.data.options = options;
  const auto without = test::run(trial, factory, test::model_of<test::HandModel>());
  trial.cache = folder_.string();
  const auto with = test::run(trial, factory, test::model_of<test::HandModel>());
  EXPECT_EQ(inodes_in(folder_), kept);
  ASSERT_EQ(with.metric("loss").size(), 1u);
  EXPECT_EQ(with.metric("loss"), without.metric("loss"));
  EXPECT_EQ(with.of("finished").at(0).at("facts"), without.of("finished").at(0).at("facts"));
}

TEST(Fortunes, ThreeHundredTangPoemsAreAsKnown) {
  protocol::PrepareJob job;
  job.data.options = {{"corpus", "tang300"}, {"max_chars", 10000}};
  job.prefixes = {"分开", "不分开"};
  const auto events = test::run_prepare(job, test::dataset_factory<FortunesDataset>());
  ASSERT_EQ(events.all.size(), 1u) << events.all[0].body;
  const Json facts = events.of("prepared").at(0).at("facts");
  EXPECT_EQ(facts["vocabulary"], 1860);
  EXPECT_EQ(facts["train_tokens"], 8 * 35 * 32);
  EXPECT_EQ(facts["valid_tokens"], 0);
  EXPECT_EQ(facts["corpus_hash"], "58dd7fab50ceffe419c9f5aaeafdb10aaa750dbb8833cacd1ad170e889d6a45a");
  EXPECT_NEAR(facts["unigram_perplexity"], 510.04, 0.01);
  EXPECT_NEAR(facts["bigram_perplexity"], 9.237, 0.001);
}

}  // namespace
}  // namespace runner::text
