// What a prepare job finds out about a dataset, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "unit/train/support.h"

namespace runner::test {
namespace {

using ::testing::HasSubstr;

protocol::PrepareJob job_with(std::vector<std::string> prefixes) {
  protocol::PrepareJob job;
  job.data.name = "hand";
  job.prefixes = std::move(prefixes);
  return job;
}

at::Tensor column(std::vector<int64_t> tokens) { return at::tensor(tokens, at::kLong).unsqueeze(1); }

// How much it says, but for signs of life: a machine may be slow.
size_t answers(const RecordedEvents& events) { return events.all.size() - events.of("alive").size(); }

struct NoOptions {
  static Schema<NoOptions> schema() { return {}; }
};

// Says which cache it was given.
class WithCache : public HandDataset {
 public:
  using Options = NoOptions;
  WithCache(const Options&, const DatasetContext& context)
      : HandDataset({2, {consecutive(1, 2, 1, 2, 1)}}), cache_(context.cache) {}
  std::string content_hash() const override { return cache_.string(); }

 private:
  const std::filesystem::path cache_;
};

TEST(Prepare, TellsADatasetWhereToKeepWhatItsTrialsShare) {
  protocol::PrepareJob job = job_with({});
  job.cache = "/a/cache";
  const auto events = run_prepare(job, dataset_factory<WithCache>());
  EXPECT_EQ(events.of("prepared").at(0).at("facts").at("corpus_hash"), "/a/cache");
}

TEST(Prepare, ReportsTheFactsOfADataset) {
  const HandData data{4, {{{column({0, 1, 0, 1}), column({1, 0, 1, 2})}}}, {{column({3, 3}), column({3, 3})}}, true};
  const auto events = run_prepare(job_with({"ab"}), factory_of(data));
  ASSERT_EQ(answers(events), 1u);
  const Json facts = events.of("prepared").at(0).at("facts");
  EXPECT_EQ(facts["vocabulary"], 4);
  EXPECT_EQ(facts["corpus_hash"], "by hand");
  EXPECT_EQ(facts["train_tokens"], 4);
  EXPECT_EQ(facts["valid_tokens"], 2);
  EXPECT_EQ(facts["test_tokens"], 0);
  // Targets 1 0 1 2: entropy 1.5 bits. After 0 always 1; after 1 a coin: half the targets cost one bit.
  EXPECT_NEAR(facts["unigram_perplexity"], std::pow(2, 1.5), 1e-12);
  EXPECT_NEAR(facts["bigram_perplexity"], std::pow(2, 0.5), 1e-12);
}

TEST(Prepare, TakesTheFloorsFromTheWholeTextWhereThereIsOne) {
  class Text : public HandDataset {
   public:
    using HandDataset::HandDataset;
    at::Tensor sequence(Split) const override { return at::arange(70000, at::kInt).remainder(2); }
  };
  const HandData data{4, {{{column({3}), column({3})}}}};
  const FunctionDatasetFactory factory([&](const DatasetContext&) { return std::make_unique<Text>(data); });
  const auto events = run_prepare(job_with({}), factory);
  const Json facts = events.of("prepared").at(0).at("facts");
  EXPECT_EQ(facts["train_tokens"], 1);
  EXPECT_NEAR(facts["unigram_perplexity"], 2, 1e-8);
  EXPECT_NEAR(facts["bigram_perplexity"], 1, 1e-12);
}

TEST(Prepare, ShowsLifeWhileItCounts) {
  class Slow : public HandDataset {
   public:
    using HandDataset::HandDataset;
    at::Tensor sequence(Split) const override {
      const auto start = std::chrono::steady_clock::now();
      while (std::chrono::steady_clock::now() - start < std::chrono::seconds(1)) std::this_thread::yield();
      return at::arange(4, at::kInt);
    }
  };
  const HandData data{4, {{{column({3}), column({3})}}}};
  const FunctionDatasetFactory factory([&](const DatasetContext&) { return std::make_unique<Slow>(data); });
  const auto events = run_prepare(job_with({}), factory);
  EXPECT_GE(events.of("alive").size(), 1u);
  EXPECT_EQ(events.all.back().type, "prepared");
}

TEST(Prepare, TakesFactsAndTheTestSplitFromTheDataset) {
  class WithFacts : public HandDataset {
   public:
    WithFacts(HandData data, std::vector<std::pair<std::string, double>> facts)
        : HandDataset(std::move(data)), facts_(std::move(facts)) {}
    bool has_split(Split) const override { return true; }
    std::vector<std::pair<std::string, double>> facts() const override { return facts_; }

   private:
    const std::vector<std::pair<std::string, double>> facts_;
  };
  const auto prepared = [](std::vector<std::pair<std::string, double>> facts) {
    const HandData data{4, {{{column({0, 1}), column({1, 0})}}}, {{column({3}), column({3})}}};
    return run_prepare(job_with({}), FunctionDatasetFactory([=](const DatasetContext&) {
                         return std::make_unique<WithFacts>(data, facts);
                       }));
  };
  const Json facts = prepared({{"memoryless_loss", 0.25}}).of("prepared").at(0).at("facts");
  EXPECT_EQ(facts["memoryless_loss"], 0.25);
  EXPECT_EQ(facts["test_tokens"], 1);
  const auto refused = [&](const char* name, double value) {
    return prepared({{name, value}}).of("problem").at(0).at("message").get<std::string>();
  };
  EXPECT_THAT(refused("vocabulary", 3), HasSubstr("\"vocabulary\" has a name that is taken"));
  EXPECT_THAT(refused("loss", std::nan("")), HasSubstr("\"loss\" is no number"));
}

TEST(Prepare, AnOptionErrorIsLocatedAtItsOption) {
  const FunctionDatasetFactory refuses(
      [](const DatasetContext&) -> std::unique_ptr<Dataset> { throw OptionError("path", "no such file"); });
  const auto events = run_prepare(job_with({"a"}), refuses);
  ASSERT_EQ(answers(events), 1u);
  EXPECT_EQ(events.of("problem").at(0), (Json{{"path", "data.path"}, {"message", "no such file"}}));
}

TEST(Prepare, AnyOtherErrorIsLocatedAtTheData) {
  const FunctionDatasetFactory breaks(
      [](const DatasetContext&) -> std::unique_ptr<Dataset> { throw std::runtime_error("broken"); });
  EXPECT_EQ(run_prepare(job_with({}), breaks).of("problem").at(0), (Json{{"path", "data"}, {"message", "broken"}}));
}

TEST(Prepare, ReportsEveryBadPrefixAtItsPlace) {
  class Picky : public HandDataset {
   public:
    using HandDataset::HandDataset;
    std::vector<int64_t> encode(std::string_view text) const override {
      if (text.find('?') != std::string_view::npos) throw EncodeError("a question mark");
      return HandDataset::encode(text);
    }
  };
  const HandData data{4, {consecutive(1, 2, 1, 4, 1)}, {}, true};
  const FunctionDatasetFactory factory([&](const DatasetContext&) { return std::make_unique<Picky>(data); });
  const auto events = run_prepare(job_with({"a", "?", "", "b?"}), factory);
  ASSERT_EQ(answers(events), 3u);
  const auto problems = events.of("problem");
  EXPECT_EQ(problems.at(0), (Json{{"path", "samples.prefixes[1]"}, {"message", "a question mark"}}));
  EXPECT_EQ(problems.at(1)["path"], "samples.prefixes[2]");
  EXPECT_THAT(problems.at(1)["message"].get<std::string>(), HasSubstr("empty"));
  EXPECT_EQ(problems.at(2)["path"], "samples.prefixes[3]");
}

TEST(Prepare, PrefixesNeedADatasetWithText) {
  const auto events = run_prepare(job_with({"a", "b"}), factory_of({4, {consecutive(1, 2, 1, 4, 1)}}));
  ASSERT_EQ(answers(events), 1u);
  EXPECT_EQ(events.of("problem").at(0)["path"], "samples.prefixes");
  EXPECT_THAT(events.of("problem").at(0)["message"].get<std::string>(), HasSubstr("\"hand\" has no text"));
}

}  // namespace
}  // namespace runner::test
