// `runner sample`, from a small sweep to texts out of its weights.
#include <gmock/gmock.h>

#include "common/json.h"
#include "common/text.h"
#include "runner_program.h"

namespace runner::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kExperiment = R"(
name: small
data: {plugin: text, path: text.txt, num_steps: 5, batch_size: 4}
model: {plugin: gru, hidden_size: 8}
train: {epochs: 3, optimizer: {name: adam, lr: 0.03}, device: cpu}
samples: {every: 1, length: 9, prefixes: [ab, cd]}
)";

class SampleTest : public ::testing::Test {
 protected:
  SampleTest() { runner_.write("text.txt", small_text(600)); }

  // Trains with these changes to the experiment.
  void train(std::vector<std::string> overrides = {}, int expected_code = 0) {
    overrides.insert(overrides.begin(), {"sweep", runner_.write("small.yaml", kExperiment).string()});
    const CapturedRun run = runner_.run(overrides);
    ASSERT_EQ(run.status.code, expected_code) << run.errors;
  }

  // What it prints to standard output.
  std::string sample(std::vector<std::string> words = {}) {
    words.insert(words.begin(), "sample");
    const CapturedRun run = runner_.run(words);
    EXPECT_EQ(run.status.code, 0) << run.errors;
    return run.output;
  }

  std::string refusal(std::vector<std::string> words, int code) {
    words.insert(words.begin(), "sample");
    const CapturedRun run = runner_.run(words);
    EXPECT_EQ(run.status.code, code);
    EXPECT_EQ(run.output, "");
    return run.errors;
  }

  // What the trial wrote after its last epoch, a line for each prefix.
  std::string last_samples(const std::string& trial = "1") {
    const Json rows =
        Json::parse(runner_
                        .run({"query", "--json",
                              "SELECT text FROM samples WHERE epoch = 3 AND trial_id = " + trial + " ORDER BY rowid"})
                        .output);
    std::string lines;
    for (const Json& row : rows) lines += row.at("text").get<std::string>() + "\n";
    return lines;
  }

  fs::path weights(const std::string& trial = "1") const {
    return runner_.folder() / "results.files" / trial / "weights.safetensors";
  }

  RunnerProgram runner_;
};

TEST_F(SampleTest, WithNothingGivenWritesTheLastSamplesAgain) {
  train();
  ASSERT_EQ(last_samples().size(), 2u * (2 + 9 + 1));
  EXPECT_EQ(sample({"1"}), last_samples());
}

TEST_F(SampleTest, DrawsWhatTheTrialDrew) {
  train({"samples.temperature=1.2", "samples.top_k=7", "samples.top_p=0.95"});
  EXPECT_EQ(sample({"1"}), last_samples());
  EXPECT_NE(sample({"1", "--seed", "2"}), last_samples());
  EXPECT_EQ(sample({"1", "--temperature", "0"}), sample({"1", "--temperature", "3", "--top-k", "1"}));
}

TEST_F(SampleTest, ContinuesWhatABidirectionalModelContinued) {
  train({"model.bidirectional=true"});
  EXPECT_EQ(sample({"1"}), last_samples());
}

TEST_F(SampleTest, ContinuesOtherPrefixesAtAnyLength) {
  train();
  const std::string text = sample({"1", "--prefix", "h g", "--prefix", "ab", "--length", "20"});
  ASSERT_EQ(text.size(), 24u + 23u);
  EXPECT_THAT(text, StartsWith("h g"));
  EXPECT_EQ(text.substr(24, 11) + "\n", last_samples().substr(0, 12));
}

TEST_F(SampleTest, TakesTheBestTrialOfTheLatestSweepAndSaysWhich) {
  train({"sweep.parameters.train.optimizer.lr.values=[1e-9, 0.03]"});
  const CapturedRun run = runner_.run({"sample"});
  EXPECT_EQ(run.errors, "trial 2, the best of sweep 1\n");
  EXPECT_EQ(run.output, last_samples("2"));
}

TEST_F(SampleTest, PrintsJsonForPrograms) {
  train();
  const Json texts = Json::parse(sample({"1", "--json"}));
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_EQ(texts[1].at("prefix"), "cd");
  EXPECT_EQ(texts[1].at("text").get<std::string>() + "\n", last_samples().substr(12));
}

TEST_F(SampleTest, WordsAreSeparatedAndThePrefixIsAsWritten) {
  train({"data.token=word", "data.lowercase=true", "data.unknown=true", "samples.prefixes=[Xyz]", "data.num_steps=2",
         "samples.length=4"});
  const std::string line = last_samples();
  EXPECT_THAT(line, StartsWith("Xyz "));
  EXPECT_EQ(std::count(line.begin(), line.end(), ' '), 4) << line;
  EXPECT_EQ(sample({"1"}), line);
}

TEST_F(SampleTest, BytesThatAreNoTextAreReplaced) {
  train({"data.token=byte", "samples.prefixes=[春]", "samples.temperature=5", "samples.length=50"});
  const std::string line = last_samples();
  EXPECT_THAT(line, AllOf(StartsWith("春"), HasSubstr("\xEF\xBF\xBD")));
  EXPECT_EQ(invalid_utf8_offset(line), std::nullopt);
  EXPECT_EQ(sample({"1"}), line);
}

TEST_F(SampleTest, RefusesWhatCannotBeAskedFor) {
  train();
  EXPECT_THAT(refusal({"1", "--prefix", "a春"}, 2), AllOf(HasSubstr("--prefix"), HasSubstr("春")));
  EXPECT_THAT(refusal({"1", "--prefix", ""}, 2), HasSubstr("empty"));
  EXPECT_THAT(refusal({"1", "--top-k", "3"}, 2), HasSubstr("top_k has no effect at temperature 0"));
  EXPECT_THAT(refusal({"1", "--temperature", "-1", "--top-p", "2", "--length", "x"}, 2),
              AllOf(HasSubstr("--temperature must be at least 0, found -1"),
                    HasSubstr("--top-p must be greater than 0"), HasSubstr("--length must be an integer")));
  EXPECT_THAT(refusal({"1", "--length", ""}, 2), HasSubstr("--length must be an integer"));
  EXPECT_THAT(refusal({"1", "--seed", "2"}, 2), HasSubstr("--seed has no effect at temperature 0"));
  EXPECT_THAT(refusal({"7"}, 2), HasSubstr("no trial 7"));
  EXPECT_THAT(refusal({"1", "--device", "tpu"}, 2), HasSubstr("cuda:N"));
}

TEST_F(SampleTest, ADeviceThatIsNotThereCannotBeAskedFor) {
  if (fs::exists("/dev/nvidia0")) return;  // the request is served there
  train();
  EXPECT_THAT(refusal({"1", "--device", "cuda"}, 2), AllOf(HasSubstr("--device"), HasSubstr("no CUDA device")));
}

TEST_F(SampleTest, ATrialWithoutPrefixesNeedsOne) {
  train({"samples.prefixes=[]"});
  EXPECT_THAT(refusal({"1"}, 2), HasSubstr("give --prefix TEXT"));
  EXPECT_THAT(sample({"1", "--prefix", "ab"}), StartsWith("ab"));
}

TEST_F(SampleTest, OnlyACompletedTrialHasWeights) {
  train({"train.optimizer={name: sgd, lr: 1e38}"}, 1);
  EXPECT_FALSE(fs::exists(weights()));
  EXPECT_THAT(refusal({"1"}, 2), HasSubstr("trial 1 is failed and so has no weights"));
}

TEST_F(SampleTest, WeightsThatAreGoneOrDamagedAreTheMachinesFailure) {
  train();
  std::fstream(weights(), std::ios::in | std::ios::out | std::ios::binary).seekp(-5, std::ios::end).put('?');
  EXPECT_THAT(refusal({"1"}, 3), AllOf(HasSubstr(weights().string()), HasSubstr("is damaged")));
  fs::remove(weights());
  EXPECT_THAT(refusal({"1"}, 3), AllOf(HasSubstr(weights().string()), HasSubstr("are gone")));
}

TEST_F(SampleTest, WeightsOfAnotherTrialAreRefused) {
  train({"sweep.seeds=[1, 2]"});
  fs::copy_file(weights("2"), weights("1"), fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal({"1"}, 3),
              AllOf(HasSubstr(weights("1").string() + " are not the weights of trial 1"), HasSubstr("digest")));
  EXPECT_EQ(sample({"2"}), last_samples("2"));
}

TEST_F(SampleTest, ATextThatHasChangedIsNoticed) {
  train();
  runner_.write("text.txt", small_text(599));
  EXPECT_THAT(refusal({"1"}, 3), HasSubstr("the text has changed since the model was trained"));
}

TEST_F(SampleTest, ATrialThatCannotLeaveItsWeightsFails) {
  fs::create_directories(weights() / "in the way");
  train({}, 1);
  EXPECT_THAT(runner_.query("SELECT error FROM trials"), HasSubstr("while saving the weights: cannot write"));
  EXPECT_EQ(std::distance(fs::directory_iterator(weights().parent_path()), fs::directory_iterator()), 2)
      << "the log and what was in the way";
}

TEST_F(SampleTest, ShowNamesTheWeightsAndRmRemovesThem) {
  train();
  EXPECT_THAT(runner_.run({"show", "--trial", "1"}).output, HasSubstr("  weights " + weights().string() + "\n"));
  EXPECT_EQ(Json::parse(runner_.run({"show", "--trial", "1", "--json"}).output).at("weights"), weights().string());
  runner_.run({"rm", "1", "--yes"});
  EXPECT_FALSE(fs::exists(weights().parent_path()));
}

}  // namespace
}  // namespace runner::testing
