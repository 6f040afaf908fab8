// Schedules and early stopping from the command line to the pages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runner_program.h"

namespace runner::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kExperiment = R"(
name: ends
data: {plugin: text, path: text.txt, num_steps: 5, batch_size: 4, valid_fraction: 0.3}
model: {plugin: rnn, hidden_size: 8}
train:
  epochs: 12
  optimizer: {name: adam, lr: 0.01}
  clip_norm: 1
  device: cpu
  schedule: {name: halve_on_plateau, warmup: 1}
samples: {every: 5, length: 6, prefixes: [ab]}
)";

// No improvement is large enough for this one, so the first epoch is the best.
constexpr const char* kNeverContent = "train.early_stopping={metric: valid_loss, patience: 2, min_delta: 100}";

class EarlyEnd : public ::testing::Test {
 protected:
  EarlyEnd() {
    runner_.write("text.txt", small_text(600));
    experiment_ = runner_.write("ends.yaml", kExperiment).string();
  }

  RunnerProgram runner_;
  std::string experiment_;
};

TEST_F(EarlyEnd, IsAsCompleteAsAFullOne) {
  const CapturedRun run = runner_.run({"sweep", experiment_, kNeverContent});
  EXPECT_EQ(run.status.code, 0) << run.errors;
  EXPECT_THAT(run.output, AllOf(HasSubstr("completed: 1 trial"), HasSubstr("status completed")));
  EXPECT_EQ(runner_.query("SELECT status, epochs_done FROM trials"), "completed,3\n");
  EXPECT_EQ(runner_.query("SELECT value FROM trial_facts WHERE name = 'stopped_early'"), "3\n");
  EXPECT_EQ(runner_.query("SELECT count(*) FROM trial_facts WHERE name = 'weights_digest'"), "1\n");
  EXPECT_EQ(runner_.query("SELECT count(DISTINCT epoch), max(epoch) FROM metrics"), "3,3\n");
  EXPECT_EQ(runner_.query("SELECT group_concat(epoch) FROM samples"), "3\n");
  const CapturedRun again = runner_.run({"sweep", experiment_, kNeverContent});
  EXPECT_EQ(again.output, run.output) << "there is nothing left to run";
  EXPECT_EQ(runner_.query("SELECT count(*) FROM attempts"), "1\n");
}

TEST_F(EarlyEnd, SaysWhyWhereverSomebodyLooks) {
  const CapturedRun run = runner_.run({"sweep", experiment_, kNeverContent});
  EXPECT_THAT(run.errors, ::testing::ContainsRegex("epoch 3, perplexity.*\n.*stops early: valid_loss has not improved "
                                                   "for 2 epochs; best [0-9.]+ at epoch 1\n"));
  EXPECT_THAT(runner_.run({"logs", "1"}).output, HasSubstr("stops early: valid_loss has not improved for 2 epochs"));
  EXPECT_THAT(runner_.run({"show", "--trial", "1"}).output,
              HasSubstr("completed after 3 of 12 epochs, stopped early: valid_loss had not improved for 2"));
}

TEST_F(EarlyEnd, ComesAtTheSameEpochAgain) {
  ASSERT_EQ(runner_.run({"sweep", experiment_, kNeverContent}).status.code, 0);
  RunnerProgram other;
  const std::string file = other.write("best.yaml", runner_.run({"best", "--yaml"}).output).string();
  const CapturedRun again = other.run({"sweep", file});
  EXPECT_EQ(again.status.code, 0) << again.errors;
  for (const char* what :
       {"SELECT config_hash, epochs_done FROM trials", "SELECT value FROM trial_facts WHERE name = 'weights_digest'"}) {
    EXPECT_EQ(other.query(what), runner_.query(what));
  }
}

TEST_F(EarlyEnd, OfOneArmIsComparedWithTheOthers) {
  const CapturedRun run =
      runner_.run({"sweep", experiment_, "sweep.parameters.train.early_stopping.patience.values=[0, 2]",
                   "train.early_stopping={metric: valid_loss, min_delta: 100}", "sweep.seeds=[1, 2]"});
  EXPECT_EQ(run.status.code, 0) << run.errors;
  EXPECT_EQ(runner_.query("SELECT group_concat(epochs_done) FROM (SELECT epochs_done FROM trials ORDER BY number)"),
            "\"12,12,3,3\"\n");
  const CapturedRun compared = runner_.run({"compare", "--metric", "valid_perplexity"});
  EXPECT_EQ(compared.status.code, 0) << compared.errors;
  EXPECT_THAT(compared.output, HasSubstr("patience=2"));
}

TEST_F(EarlyEnd, FollowingHeldOutTextThatIsNotThereIsLocatedBeforeAnythingRuns) {
  const CapturedRun run = runner_.run({"sweep", experiment_, "data.valid_fraction=0", kNeverContent});
  EXPECT_EQ(run.status.code, 2);
  EXPECT_THAT(run.errors,
              AllOf(HasSubstr("ends.yaml:10:3: train.schedule.metric follows held-out text, of which this \"text\" "
                              "dataset has none; give it a validation part"),
                    HasSubstr("command line: train.early_stopping: train.early_stopping.metric follows held-out")));
  EXPECT_FALSE(fs::exists(runner_.database()));
  const CapturedRun harmless = runner_.run({"validate", experiment_, "data.valid_fraction=0",
                                            "train.schedule.metric=loss", "train.early_stopping.patience=0"});
  EXPECT_EQ(harmless.status.code, 0) << harmless.errors;
}

TEST_F(EarlyEnd, ASweepRankedByHeldOutTextThatIsNotThereIsLocatedToo) {
  const std::string ranked = runner_
                                 .write("ranked.yaml", std::string(kExperiment) + R"(sweep:
  metric: {name: valid_perplexity}
  parameters: {model.hidden_size: {values: [4, 8]}}
)")
                                 .string();
  const CapturedRun run = runner_.run({"validate", ranked, "data.valid_fraction=0", "train.schedule.metric=loss"});
  EXPECT_EQ(run.status.code, 2);
  EXPECT_THAT(run.errors, HasSubstr("ranked.yaml:13:18: sweep.metric follows held-out text"));
  EXPECT_EQ(runner_.run({"validate", ranked}).status.code, 0);
}

TEST_F(EarlyEnd, SchedulesAreSweptLikeAnythingElse) {
  const std::string sweep = runner_
                                .write("schedules.yaml", std::string(kExperiment) + R"(
sweep:
  parameters:
    train.schedule.name: {values: [constant, step, halve_on_plateau]}
    train.schedule.every: {values: [1, 5], when: {train.schedule.name: step}}
)")
                                .string();
  const CapturedRun dry = runner_.run({"sweep", sweep, "--dry-run"});
  EXPECT_THAT(dry.output, AllOf(HasSubstr("schedule.name=step, every=5"), HasSubstr("train.schedule.every")));
  const CapturedRun run = runner_.run({"sweep", sweep, "train.epochs=2"});
  EXPECT_EQ(run.status.code, 0) << run.errors;
  EXPECT_EQ(runner_.query("SELECT group_concat(value) FROM (SELECT printf('%.4f', value) AS value FROM metrics JOIN "
                          "trials USING (trial_id) WHERE name = 'learning_rate' AND epoch = 2 ORDER BY number)"),
            "\"0.0100,0.0010,0.0100,0.0100\"\n");
  EXPECT_EQ(
      runner_.query("SELECT count(DISTINCT printf('%.9f', value)) FROM metrics WHERE name = 'loss' AND epoch = 1"),
      "1\n")
      << "all see the same batches, and the schedules are the same through the first epoch";
}

}  // namespace
}  // namespace runner::testing
