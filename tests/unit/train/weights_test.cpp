// The weights that a trial leaves, and texts from them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "common/tensor_file.h"
#include "gru/gru_layer.h"
#include "runner/recurrent/net.h"
#include "unit/train/support.h"

namespace runner::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Gru = recurrent::RecurrentModel<recurrent::GruLayer>;

HandData letters() { return {9, {consecutive(3, 6, 3, 9, 1)}, {}, true}; }

protocol::TrainJob gru_job(bool bidirectional = false) {
  auto job = small_job();
  job.model.options = {{"hidden_size", 8}, {"num_layers", 2}, {"bidirectional", bidirectional}};
  job.train["epochs"] = 3;
  job.train["optimizer"] = {{"name", "adam"}, {"lr", 0.05}};
  job.samples = {{"every", 2}, {"length", 12}, {"prefixes", {"a", "bcd"}}};
  return job;
}

std::vector<std::string> texts(const std::vector<Json>& samples) {
  std::vector<std::string> result;
  for (const Json& sample : samples) result.push_back(sample.at("text"));
  return result;
}

// The texts after a trial's last epoch, and those from its weights.
void expect_same_texts(const protocol::TrainJob& job) {
  const auto trained = run(job, factory_of(letters()), model_factory<Gru>());
  const auto sampled = run(sample_job(job), factory_of(letters()), model_factory<Gru>());
  std::vector<Json> last = trained.of("sample");
  last.erase(last.begin(), last.end() - 2);
  EXPECT_EQ(texts(sampled.of("sample")), texts(last));
}

TEST(Weights, GiveTheLastTextsAgain) {
  for (const bool bidirectional : {false, true}) {
    auto job = gru_job(bidirectional);
    expect_same_texts(job);
    job.samples["temperature"] = 1.5;
    job.samples["top_k"] = 7;
    expect_same_texts(job);
  }
}

TEST(Weights, SayWhatTheyBelongTo) {
  const auto job = gru_job();
  const auto events = run(job, factory_of(letters()), model_factory<Gru>());
  const TensorFile file(weights_file(job.folder));
  const auto& metadata = file.metadata();
  EXPECT_EQ(metadata.at("runner_kind"), "weights");
  EXPECT_EQ(metadata.at("runner_version"), "1");
  EXPECT_EQ(metadata.at("model"), "hand_model");
  EXPECT_EQ(Json::parse(metadata.at("options")), job.model.options);
  EXPECT_EQ(metadata.at("vocabulary"), "9");
  EXPECT_EQ(metadata.at("corpus_hash"), "by hand");
  EXPECT_EQ(metadata.at("weights_digest"), events.of("finished")[0]["facts"]["weights_digest"]);
}

// A buffer that counts training steps, beside a weight of another type.
class Counting : public HandModel {
 public:
  explicit Counting(const ModelContext& context) : HandModel(context), count_(at::zeros({}, at::kLong)) {}
  at::Tensor forward(const at::Tensor& tokens, State& state) override {
    if (training_) count_ += 1;
    return HandModel::forward(tokens, state) + at::one_hot(count_.remainder(context_.vocabulary), context_.vocabulary);
  }
  NamedTensors named_buffers() override { return {{"count", count_}}; }

 private:
  at::Tensor count_;
};

TEST(Weights, IncludeBuffers) {
  auto job = gru_job();
  job.model.options = Json::object();
  job.train["optimizer"] = {{"name", "sgd"}, {"lr", 1e-30}};
  run(job, factory_of(letters()), model_of<Counting>());
  const auto sampled = run(sample_job(job), factory_of(letters()), model_of<Counting>());
  EXPECT_EQ(texts(sampled.of("sample")).at(0), "a" + std::string(12, 'a')) << "9 steps were counted";
}

TEST(Weights, ThatCannotBeWrittenFailTheTrial) {
  auto job = gru_job();
  job.folder += "/missing";
  const auto events = run(job, factory_of(letters()), model_factory<Gru>());
  ASSERT_EQ(events.all.back().type, "failed");
  EXPECT_THAT(events.all.back().body["message"].get<std::string>(),
              AllOf(StartsWith("while saving the weights: cannot write "), HasSubstr("No such file")));
}

TEST(Weights, OfATrialThatStopsEarlyAreNotLeft) {
  const testing::TemporaryFolder folder;
  auto job = gru_job();
  job.folder = folder.path().string();
  RecordedEvents events;
  SwitchedStop stop;
  events.on_event = [&](const RecordedEvents::Event& event) { stop.on = stop.on || event.type == "epoch"; };
  worker::train(job, factory_of(letters()), model_factory<Gru>(), events, stop);
  EXPECT_EQ(events.all.back().type, "stopped");
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

class WeightsThatDoNotFit : public ::testing::Test {
 protected:
  WeightsThatDoNotFit() { run(trained, factory_of(letters()), model_factory<Gru>()); }

  // The one problem, with its path in front.
  static std::string problem(const protocol::SampleJob& sample, const DatasetFactory& data) {
    const auto events = run(sample, data, model_factory<Gru>());
    if (events.all.size() != 1 || events.all[0].type != "problem") return "";
    const Json& body = events.all[0].body;
    return body.at("path").get<std::string>() + ": " + body.at("message").get<std::string>();
  }
  static std::string problem(const protocol::SampleJob& sample) { return problem(sample, factory_of(letters())); }

  const protocol::TrainJob trained = gru_job();
  protocol::SampleJob job = sample_job(trained);
};

class OtherText : public HandDataset {
 public:
  OtherText() : HandDataset(letters()) {}
  std::string content_hash() const override { return "another"; }
};

TEST_F(WeightsThatDoNotFit, BecauseTheTextHasChanged) {
  EXPECT_THAT(problem(job, FunctionDatasetFactory([](const DatasetContext&) { return std::make_unique<OtherText>(); })),
              AllOf(StartsWith("weights: "), HasSubstr("the text has changed since the model was trained"),
                    HasSubstr("expected another, found by hand")));
}

TEST_F(WeightsThatDoNotFit, BecauseTheyAreOfAnotherModel) {
  job.model.name = "other";
  EXPECT_THAT(problem(job), HasSubstr("another model: expected other, found hand_model"));
}

TEST_F(WeightsThatDoNotFit, BecauseOptionsDiffer) {
  job.model.options["hidden_size"] = 9;
  EXPECT_THAT(problem(job), AllOf(HasSubstr("other options"), HasSubstr("\"hidden_size\":9")));
}

TEST_F(WeightsThatDoNotFit, BecauseTheyAreGone) {
  fs::remove(job.weights);
  EXPECT_THAT(problem(job), AllOf(StartsWith("weights: "), HasSubstr(job.weights), HasSubstr("No such file")));
}

TEST_F(WeightsThatDoNotFit, BecauseTheyWereDamaged) {
  std::fstream(job.weights, std::ios::in | std::ios::out | std::ios::binary).seekp(-1, std::ios::end).put('?');
  EXPECT_THAT(problem(job), HasSubstr("is damaged"));
}

// As after a later version of the plugin that builds the same options into another model.
TEST(Weights, OfAnotherShapeDoNotFit) {
  const FunctionModelFactory narrow([](const ModelContext& context) { return std::make_unique<HandModel>(context); });
  const FunctionModelFactory wide([](const ModelContext& context) {
    return std::make_unique<HandModel>(context, at::IntArrayRef{2, context.vocabulary});
  });
  auto job = gru_job();
  job.model.options = Json::object();
  run(job, factory_of(letters()), narrow);
  const auto events = run(sample_job(job), factory_of(letters()), wide);
  ASSERT_EQ(events.all.size(), 1u);
  EXPECT_EQ(events.all[0].body["path"], "weights");
  EXPECT_THAT(events.all[0].body["message"].get<std::string>(), HasSubstr("expected weight F32 [2, 9], found F32 [9]"));
}

TEST(SampleJob, NamesTheCharacterThatAPrefixMayNotHave) {
  struct Strict : HandDataset {
    Strict() : HandDataset(letters()) {}
    std::vector<int64_t> encode(std::string_view) const override {
      throw EncodeError("the character \"?\" is unknown");
    }
  };
  const auto trained = gru_job();
  run(trained, factory_of(letters()), model_factory<Gru>());
  const auto events =
      run(sample_job(trained), FunctionDatasetFactory([](const DatasetContext&) { return std::make_unique<Strict>(); }),
          model_factory<Gru>());
  ASSERT_EQ(events.all.size(), 1u);
  EXPECT_EQ(events.all[0].body, (Json{{"path", "prefixes"}, {"message", "the character \"?\" is unknown"}}));
}

}  // namespace
}  // namespace runner::test
