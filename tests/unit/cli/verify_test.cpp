// `runner verify`, and what a sweep does with checkpoints.
#include <gmock/gmock.h>
#include <signal.h>

#include "common/json.h"
#include "runner_program.h"

namespace runner::testing {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;

// Two arms with two seeds; dropout, held-out text, samples that are drawn.
constexpr const char* kExperiment = R"(
name: proof
data: {plugin: text, path: text.txt, num_steps: 5, batch_size: 4, valid_fraction: 0.2}
model: {plugin: gru, hidden_size: 8, num_layers: 2, dropout: 0.3}
train: {epochs: 4, optimizer: {name: adam, lr: 0.03}, reset_state: never, device: cpu, checkpoint: {keep_best: 1}}
samples: {every: 2, length: 9, prefixes: [ab], temperature: 1.0}
sweep: {seeds: [1, 2], parameters: {model.plugin: {values: [gru, lstm_fused]}}}
)";

class VerifyTest : public ::testing::Test {
 protected:
  VerifyTest() {
    runner_.write("text.txt", small_text(900));
    runner_.add_plugin_folder(BROKEN_PLUGINS);
    file_ = runner_.write("proof.yaml", kExperiment).string();
  }
  CapturedRun verify(std::vector<std::string> words = {}) const {
    words.insert(words.begin(), {"verify", file_, "--json"});
    return runner_.run(words);
  }

  RunnerProgram runner_;
  std::string file_;
};

TEST_F(VerifyTest, TrialsThatAreKilledAndResumeAreIdentical) {
  const CapturedRun run = verify({"--kills", "4", "--seed", "7"});
  ASSERT_EQ(run.status.code, 0) << run.errors << run.output;
  const Json trials = Json::parse(run.output);
  ASSERT_EQ(trials.size(), 4u);
  for (const Json& trial : trials) {
    EXPECT_EQ(trial.at("result"), "identical");
    EXPECT_EQ(trial.at("kills"), 4);
    EXPECT_GT(trial.at("resumed"), 0);
    EXPECT_GT(trial.at("steps"), 50);
  }
  EXPECT_FALSE(fs::exists(runner_.database()));
}

TEST_F(VerifyTest, AModelWithAHiddenMemoryIsFoundOut) {
  const CapturedRun run = verify({"model.plugin=forgetful", "sweep.seeds=[1]"});
  EXPECT_EQ(run.status.code, 1) << run.errors;
  EXPECT_THAT(run.output, AllOf(HasSubstr("DIFFERENT"), HasSubstr("metrics")));
}

class CheckpointedSweep : public VerifyTest {
 protected:
  // Whether the n-th trial's folder has anything of that name.
  bool has(int trial, const std::string& name) const {
    return fs::exists(runner_.folder() / "results.files" / std::to_string(trial) / name);
  }
};

TEST_F(CheckpointedSweep, ACompletedTrialLeavesWeightsAndNoCheckpoints) {
  ASSERT_EQ(runner_.run({"sweep", file_, "train.checkpoint.every=1ms", "--jobs", "1"}).status.code, 0);
  for (int trial = 1; trial <= 4; ++trial) {
    EXPECT_TRUE(has(trial, "weights.safetensors"));
    EXPECT_TRUE(has(trial, "best"));
    EXPECT_FALSE(has(trial, "checkpoints"));
  }
}

TEST_F(CheckpointedSweep, HowOftenTrialsAreSavedDoesNotMakeThemOthers) {
  ASSERT_EQ(runner_.run({"sweep", file_}).status.code, 0);
  const CapturedRun again = runner_.run({"sweep", file_, "train.checkpoint.every=5s"});
  EXPECT_THAT(again.errors, HasSubstr("was run before"));
  EXPECT_EQ(runner_.query("SELECT count(*) FROM sweeps"), "1\n");
}

TEST_F(CheckpointedSweep, WhatAnotherDatabaseLeftInATrialsFolderIsNotUsed) {
  ASSERT_EQ(runner_.run({"sweep", file_, "sweep.seeds=[1]"}).status.code, 0);
  const std::string before = runner_.query("SELECT value FROM trial_facts WHERE name = 'weights_digest'");
  fs::remove(runner_.database());
  const fs::path left = runner_.folder() / "results.files" / "1" / "checkpoints";
  fs::create_directories(left);
  std::ofstream(left / "000003-000001.safetensors") << "of another trial";
  const CapturedRun run = runner_.run({"sweep", file_, "sweep.seeds=[1]"});
  EXPECT_EQ(run.errors.find("cannot be used"), std::string::npos) << run.errors;
  EXPECT_EQ(runner_.query("SELECT value FROM trial_facts WHERE name = 'weights_digest'"), before);
}

}  // namespace
}  // namespace runner::testing
