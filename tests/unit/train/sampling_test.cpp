// Samples, from models whose next token is known, or how likely each is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <sstream>

#include "unit/train/support.h"

namespace runner::test {
namespace {

using ::testing::ElementsAre;

// After token k comes k + 1; records what it is fed one token at a time.
class Successor : public HandModel {
 public:
  Successor(const ModelContext& context, std::vector<int64_t>& asked) : HandModel(context), asked_(asked) {}
  at::Tensor forward(const at::Tensor& tokens, State& state) override {
    if (tokens.numel() == 1) {
      EXPECT_FALSE(training_);
      EXPECT_EQ(state[0].value[0][0].item<int64_t>(), static_cast<int64_t>(asked_.size()));
      EXPECT_FALSE(at::GradMode::is_enabled());
      asked_.push_back(tokens.item<int64_t>());
    }
    return HandModel::forward(tokens, state) +
           at::one_hot((tokens + 1).remainder(context_.vocabulary), context_.vocabulary);
  }

 private:
  std::vector<int64_t>& asked_;
};

HandData letters() { return {26, {consecutive(2, 4, 3, 26, 1)}, {}, true}; }

protocol::TrainJob sampling_job(int64_t epochs, int64_t every, std::vector<std::string> prefixes) {
  auto job = small_job();
  job.train["epochs"] = epochs;
  job.train["optimizer"]["lr"] = 1e-30;
  job.samples = {{"every", every}, {"length", 4}, {"prefixes", prefixes}};
  return job;
}

TEST(Sampling, FeedsThePrefixTokenByTokenAndGoesOnWithTheMostLikely) {
  std::vector<int64_t> asked;
  const auto events = run(sampling_job(1, 0, {"xyc"}), factory_of(letters()), model_of<Successor>(asked));
  const auto samples = events.of("sample");
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0], (Json{{"trial", 7}, {"epoch", 1}, {"prefix", "xyc"}, {"text", "xycdefg"}}));
  // The last token generated is not fed: nothing comes after it.
  EXPECT_THAT(asked, ElementsAre('x' - 'a', 'y' - 'a', 2, 3, 4, 5));
}

std::vector<int64_t> sampled_epochs(int64_t epochs, int64_t every) {
  const auto events = run(sampling_job(epochs, every, {"a"}), factory_of(letters()), model_of<HandModel>());
  std::vector<int64_t> result;
  for (const Json& sample : events.of("sample")) result.push_back(sample["epoch"]);
  return result;
}

TEST(Sampling, HappensEveryKEpochsAndAfterTheLastOnce) {
  EXPECT_THAT(sampled_epochs(5, 2), ElementsAre(2, 4, 5));
  EXPECT_THAT(sampled_epochs(4, 2), ElementsAre(2, 4));
  EXPECT_THAT(sampled_epochs(3, 0), ElementsAre(3));
}

TEST(Sampling, FollowsItsEpochInTheEventsOnePrefixAfterTheOther) {
  const auto events = run(sampling_job(1, 1, {"a", "b"}), factory_of(letters()), model_of<HandModel>());
  std::vector<std::string> types;
  for (const auto& event : events.all) types.push_back(event.type);
  EXPECT_THAT(types, ElementsAre("started", "epoch", "sample", "sample", "finished"));
  EXPECT_EQ(events.of("sample")[1]["prefix"], "b");
}

// Token k has the probability p[k], whatever came before.
class Dice : public HandModel {
 public:
  Dice(const ModelContext& context, const std::vector<double>& p)
      : HandModel(context), logits_(at::tensor(p, at::kDouble).log().to(at::kFloat)) {}
  at::Tensor forward(const at::Tensor& tokens, State& state) override {
    return HandModel::forward(tokens, state) + logits_;
  }

 private:
  const at::Tensor logits_;
};

const std::vector<double> kDice = {0.1, 0.4, 0.2, 0.3};

HandData four_letters() { return {4, {consecutive(2, 4, 3, 4, 1)}, {}, true}; }

// The text that is drawn after "a".
std::string drawn(const Json& options, int64_t length = 4000) {
  auto job = sampling_job(1, 0, {"a"});
  job.samples["length"] = length;
  job.samples.update(options);
  const auto events = run(job, factory_of(four_letters()), model_of<Dice>(kDice));
  return events.of("sample").at(0).at("text").get<std::string>().substr(1);
}

// Each token as often as its probability says, within four standard deviations.
void expect_frequencies(const std::string& text, const std::vector<double>& expected) {
  const auto n = static_cast<double>(text.size());
  for (size_t token = 0; token < expected.size(); ++token) {
    const double p = expected[token];
    const auto count = static_cast<double>(std::count(text.begin(), text.end(), static_cast<char>('a' + token)));
    EXPECT_NEAR(count, n * p, 4 * std::sqrt(n * p * (1 - p))) << "token " << token;
  }
}

std::vector<double> normalised(std::vector<double> weights) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  for (double& weight : weights) weight /= sum;
  return weights;
}

TEST(Drawing, FollowsTheSoftmaxOfTheTemperature) {
  expect_frequencies(drawn({{"temperature", 1.0}}), kDice);
  // softmax(log p / 2) is p^(1/2), normalised
  std::vector<double> flatter;
  for (const double p : kDice) flatter.push_back(std::sqrt(p));
  expect_frequencies(drawn({{"temperature", 2.0}}), normalised(flatter));
  std::vector<double> sharper;
  for (const double p : kDice) sharper.push_back(p * p);
  expect_frequencies(drawn({{"temperature", 0.5}}), normalised(sharper));
}

TEST(Drawing, AtATemperatureNearZeroIsGreedy) { EXPECT_EQ(drawn({{"temperature", 1e-300}}, 50), std::string(50, 'b')); }

TEST(Drawing, TopKKeepsTheMostLikely) {
  EXPECT_EQ(drawn({{"temperature", 1.0}, {"top_k", 1}}, 50), drawn(Json::object(), 50));
  expect_frequencies(drawn({{"temperature", 1.0}, {"top_k", 2}}), normalised({0, 0.4, 0, 0.3}));
  expect_frequencies(drawn({{"temperature", 1.0}, {"top_k", 9}}), kDice);
}

TEST(Drawing, TopPKeepsTheFewestThatReachIt) {
  const auto tokens = [](double p) {
    const std::string text = drawn({{"temperature", 1.0}, {"top_p", p}}, 500);
    return std::set<char>(text.begin(), text.end());
  };
  EXPECT_THAT(tokens(1e-9), ElementsAre('b'));
  EXPECT_THAT(tokens(0.39), ElementsAre('b'));
  EXPECT_THAT(tokens(0.41), ElementsAre('b', 'd'));
  EXPECT_THAT(tokens(0.69), ElementsAre('b', 'd'));
  EXPECT_THAT(tokens(0.71), ElementsAre('b', 'c', 'd'));
  EXPECT_THAT(tokens(0.91), ElementsAre('a', 'b', 'c', 'd'));
  expect_frequencies(drawn({{"temperature", 1.0}, {"top_p", 0.6}}), normalised({0, 0.4, 0, 0.3}));
}

TEST(Drawing, TopPCountsWhatTopKLeaves) {
  // 0.4, 0.3, 0.2 of the three kept are 0.444, 0.333, 0.222.
  const std::string two = drawn({{"temperature", 1.0}, {"top_k", 3}, {"top_p", 0.75}});
  expect_frequencies(two, normalised({0, 0.4, 0, 0.3}));
}

// The samples by epoch and prefix.
std::map<std::pair<int64_t, std::string>, std::string> samples_of(const protocol::TrainJob& job) {
  std::map<std::pair<int64_t, std::string>, std::string> samples;
  const auto events = run(job, factory_of(four_letters()), model_of<Dice>(kDice));
  for (const Json& sample : events.of("sample")) samples[{sample["epoch"], sample["prefix"]}] = sample["text"];
  return samples;
}

TEST(Drawing, DependsOnSeedEpochAndPrefixAlone) {
  auto job = sampling_job(4, 1, {"a", "b"});
  job.samples["temperature"] = 1.0;
  job.samples["length"] = 30;
  const auto all = samples_of(job);
  auto fewer = job;
  fewer.samples["every"] = 3;
  for (const auto& [key, text] : samples_of(fewer)) EXPECT_EQ(text, all.at(key));
  auto longer = job;
  longer.samples["length"] = 40;
  for (const auto& [key, text] : samples_of(longer)) EXPECT_EQ(text.substr(0, 31), all.at(key));
  std::set<std::string> continuations;
  for (const auto& [key, text] : all) continuations.insert(text.substr(1));
  EXPECT_EQ(continuations.size(), 8u) << "every draw is another one";
  job.seed = 2;
  EXPECT_NE(samples_of(job), all);
}

// Words in lower case, joined by spaces.
class Words : public HandDataset {
 public:
  Words() : HandDataset({4, {consecutive(2, 4, 3, 4, 1)}, {}, true}) {}
  std::vector<int64_t> encode(std::string_view text) const override {
    std::vector<int64_t> tokens;
    std::istringstream in{std::string(text)};
    for (std::string word; in >> word;) {
      for (char& c : word) c = static_cast<char>(std::tolower(c));
      tokens.push_back(std::find(words_.begin(), words_.end() - 1, word) - words_.begin());
    }
    return tokens;
  }
  std::string decode(const std::vector<int64_t>& tokens) const override {
    std::string text;
    for (const int64_t token : tokens) text += (text.empty() ? "" : " ") + words_.at(static_cast<size_t>(token));
    return text;
  }

 private:
  const std::vector<std::string> words_ = {"the", "cat", "sat", "<unk>"};
};

std::string words_after(const std::string& prefix) {
  std::vector<int64_t> asked;
  const FunctionDatasetFactory words([](const DatasetContext&) { return std::make_unique<Words>(); });
  return run(sampling_job(1, 0, {prefix}), words, model_of<Successor>(asked)).of("sample").at(0).at("text");
}

TEST(Sampling, SetsASpaceBetweenWordsAndKeepsThePrefixAsItWasWritten) {
  EXPECT_EQ(words_after("the"), "the cat sat <unk> the");
  EXPECT_EQ(words_after("The  Cat"), "The  Cat sat <unk> the cat");
  EXPECT_EQ(words_after("the "), "the cat sat <unk> the");
  EXPECT_EQ(words_after("the dog"), "the dog the cat sat <unk>");
}

TEST(Sampling, AnEmptyPrefixIsAFailure) {
  const auto events = run(sampling_job(1, 1, {""}), factory_of(letters()), model_of<HandModel>());
  EXPECT_EQ(events.all.back().type, "failed");
}

}  // namespace
}  // namespace runner::test
