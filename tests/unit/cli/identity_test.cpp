// Which sweep a command goes on with, and when it must not.
#include <gmock/gmock.h>

#include "common/error.h"
#include "control/cli/execute.h"
#include "runner_program.h"
#include "unit/store/tamper.h"

namespace runner::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kExperiment = R"(
name: small
data: {plugin: text, path: text.txt, num_steps: 5, batch_size: 4}
model: {plugin: rnn, hidden_size: 8}
train: {epochs: 1, device: cpu}
sweep: {seeds: [1, 2, 3]}
)";

class IdentityTest : public ::testing::Test {
 protected:
  IdentityTest() {
    runner_.write("text.txt", small_text(600));
    experiment_ = runner_.write("small.yaml", kExperiment).string();
  }

  CapturedRun sweep(const std::vector<std::string>& further = {}) {
    std::vector<std::string> words = {"sweep", experiment_};
    words.insert(words.end(), further.begin(), further.end());
    return runner_.run(words);
  }

  // A sweep that was interrupted when the first of its trials had completed.
  void leave_unfinished(const std::vector<std::string>& overrides = {}) {
    const CapturedRun run = sweep(overrides);
    ASSERT_EQ(run.status.code, 0) << run.errors;
    tamper(runner_.database(), "UPDATE trials SET status = 'waiting' WHERE number > 1");
  }

  std::string completed() { return runner_.query("SELECT count(*) FROM trials WHERE status = 'completed'"); }

  RunnerProgram runner_;
  std::string experiment_;
};

TEST_F(IdentityTest, ATrialWhoseRowIsGoneIsNotTakenForTheNext) {
  leave_unfinished();
  tamper(runner_.database(), "DELETE FROM trials WHERE number = 2");
  for (const char* verb : {"resume", "sweep"}) {
    const CapturedRun run = verb == std::string("sweep") ? sweep() : runner_.run({verb});
    EXPECT_EQ(run.status.code, 3) << run.errors;
    EXPECT_THAT(run.errors, AllOf(HasSubstr("sweep 1 (small)"), HasSubstr("trial 2 (seed 2) is gone"),
                                  HasSubstr("--fresh"), HasSubstr("runner show 1")));
  }
  EXPECT_EQ(completed(), "1\n");
}

TEST_F(IdentityTest, ATrialTooManyIsNamed) {
  leave_unfinished();
  tamper(runner_.database(),
         "INSERT INTO trials (sweep_id, number, label, config, config_hash, seed) "
         "SELECT sweep_id, 4, label, config, config_hash, 4 FROM trials WHERE number = 3");
  const CapturedRun run = runner_.run({"resume"});
  EXPECT_EQ(run.status.code, 3) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("trial 4 is none of its trials, which are numbered 1 to 3"));
}

TEST_F(IdentityTest, ATrialWithAnotherSeedOrConfigurationIsNamed) {
  leave_unfinished();
  tamper(runner_.database(), "UPDATE trials SET config_hash = 'c0ffee' WHERE number = 3");
  EXPECT_THAT(runner_.run({"resume"}).errors, HasSubstr("trial 3 has the config_hash c0ffee, expected "));
  tamper(runner_.database(), "UPDATE trials SET seed = 7 WHERE number = 2");
  EXPECT_THAT(runner_.run({"resume"}).errors, HasSubstr("trial 2 has the seed 7, expected 2"));
}

TEST_F(IdentityTest, TheDifferenceIsShownAlsoBehindTheTenthValue) {
  leave_unfinished({"sweep.seeds=[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]"});
  const CapturedRun run = sweep({"sweep.seeds=[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13]"});
  EXPECT_EQ(run.status.code, 2) << run.errors;
  EXPECT_THAT(run.errors, AllOf(HasSubstr("  seed: 1, 2, 3, 4, 5, 6, 7, 8, 9, …, 12 -> "
                                          "1, 2, 3, 4, 5, 6, 7, 8, 9, …, 13\n"),
                                Not(HasSubstr("the first trial"))));
}

TEST_F(IdentityTest, OfTheSameValuesInAnotherOrderTheFirstTrialIsShown) {
  leave_unfinished();
  const CapturedRun run = sweep({"sweep.seeds=[1, 3, 2]", "train.checkpoint.keep_latest=4"});
  EXPECT_EQ(run.status.code, 2) << run.errors;
  EXPECT_THAT(run.errors, AllOf(HasSubstr("differs from it:\n  the first trial that differs is 2: seed: 2 -> 3\n"),
                                Not(HasSubstr("metric"))));
}

TEST_F(IdentityTest, OfAnotherMetricOnlyThatIsShown) {
  leave_unfinished();
  const CapturedRun run = sweep({"sweep.metric.goal=maximize"});
  EXPECT_EQ(run.status.code, 2) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("differs from it:\n  sweep.metric.goal: minimize -> maximize\nadd --fresh"));
}

TEST_F(IdentityTest, DataThatChangedUnderAnUnfinishedSweepAreRefused) {
  leave_unfinished();
  const std::string hash = runner_.query(
      "SELECT value FROM trial_facts JOIN trials USING (trial_id) WHERE number = 1 AND name = 'corpus_hash'");
  runner_.write("text.txt", small_text(700));
  for (const char* verb : {"resume", "sweep"}) {
    const CapturedRun run = verb == std::string("sweep") ? sweep() : runner_.run({verb});
    EXPECT_EQ(run.status.code, 2) << run.errors;
    EXPECT_THAT(run.errors, AllOf(HasSubstr("sweep 1 (small)"), HasSubstr("/text.txt"), HasSubstr("--fresh"),
                                  HasSubstr("expected the corpus_hash " + hash.substr(0, hash.find('\n')) +
                                            ", on which trial 1 was trained, found ")));
  }
  EXPECT_EQ(completed(), "1\n");
  const CapturedRun fresh = sweep({"--fresh"});
  EXPECT_EQ(fresh.status.code, 0) << fresh.errors;
  EXPECT_EQ(completed(), "4\n");
  runner_.write("text.txt", small_text(600));
  const CapturedRun resumed = runner_.run({"resume", "1"});
  EXPECT_EQ(resumed.status.code, 0) << resumed.errors;
  EXPECT_EQ(completed(), "6\n");
}

TEST_F(IdentityTest, DataOfWhichNothingIsLeftToRunMayChange) {
  leave_unfinished();
  tamper(runner_.database(), "UPDATE trials SET status = 'waiting'");
  runner_.write("text.txt", small_text(700));  // no result is of the text before
  const CapturedRun anew = sweep();
  EXPECT_EQ(anew.status.code, 0) << anew.errors;
  runner_.write("text.txt", small_text(600));
  const CapturedRun shown = sweep();
  EXPECT_EQ(shown.status.code, 0) << shown.errors;

  runner_.write("other.txt", small_text(500));
  experiment_ = runner_
                    .write("two.yaml", R"(
name: two
data: {plugin: text, path: text.txt, num_steps: 5, batch_size: 4}
model: {plugin: rnn, hidden_size: 8}
train: {epochs: 1, device: cpu}
sweep: {parameters: {data.path: {values: [text.txt, other.txt]}}}
)")
                    .string();
  ASSERT_EQ(sweep().status.code, 0);
  tamper(runner_.database(), "UPDATE trials SET status = 'waiting' WHERE sweep_id = 2 AND number = 2");
  runner_.write("text.txt", small_text(700));
  const CapturedRun other = sweep();
  EXPECT_EQ(other.status.code, 0) << other.errors;
}

TEST_F(IdentityTest, DataAreTheSameWhateverElseTheirOptionsSay) {
  for (const char* axis : {"num_steps: {values: [5, 6]}", "valid_fraction: {values: [0.1, 0.2]}",
                           "sampling: {values: [consecutive, random]}"}) {
    runner_.write("text.txt", small_text(600));
    experiment_ = runner_
                      .write("axis.yaml", std::string(R"(
name: axis
data: {plugin: text, path: text.txt, num_steps: 5, batch_size: 4}
model: {plugin: rnn, hidden_size: 8}
train: {epochs: 1, device: cpu}
sweep: {parameters: {data.)") + axis + "}}\n")
                      .string();
    ASSERT_EQ(sweep({"--fresh"}).status.code, 0);
    tamper(runner_.database(), "UPDATE trials SET status = 'waiting' WHERE number = 2");
    runner_.write("text.txt", small_text(700));
    const CapturedRun run = runner_.run({"resume"});
    EXPECT_EQ(run.status.code, 2) << run.errors;
    EXPECT_THAT(run.errors, AllOf(HasSubstr("on which trial 1 was trained, found "), HasSubstr("--fresh")));
    ASSERT_EQ(runner_.run({"rm", "axis", "--yes"}).status.code, 0);
  }
}

// Of a folder with several texts, one trial's changed and the other's did not.
TEST_F(IdentityTest, AnotherTextBesideItMayChange) {
  for (const char* name : {"a", "b"}) runner_.write(name, small_text(600));
  experiment_ = runner_
                    .write("corpora.yaml", R"(
name: corpora
data: {plugin: fortunes, folder: ., corpus: a, num_steps: 5, batch_size: 4}
model: {plugin: rnn, hidden_size: 8}
train: {epochs: 1, device: cpu}
sweep: {parameters: {data.corpus: {values: [a, b]}}}
)")
                    .string();
  const CapturedRun first = sweep();
  ASSERT_EQ(first.status.code, 0) << first.errors;
  tamper(runner_.database(), "UPDATE trials SET status = 'waiting' WHERE number = 2");
  runner_.write("a", small_text(700));
  const CapturedRun run = sweep();
  EXPECT_EQ(run.status.code, 0) << run.errors;
}

TEST_F(IdentityTest, AnotherBuildOfItsCodeIsWarnedOf) {
  leave_unfinished();
  const auto resumed = [&](const std::string& change) {
    tamper(runner_.database(),
           "UPDATE trials SET status = 'waiting' WHERE number > 1; UPDATE sweeps SET environment = " + change);
    const CapturedRun run = runner_.run({"resume"});
    EXPECT_EQ(run.status.code, 0) << run.errors;
    return run.errors;
  };
  EXPECT_THAT(resumed("environment"), Not(HasSubstr("other builds")));
  EXPECT_THAT(
      resumed("json_set(environment, '$.worker_hash', 'c0ffee')"),
      AllOf(HasSubstr("sweep 1 ran with other builds of its code before ("), HasSubstr("/worker changed since")));
  EXPECT_THAT(resumed("environment"), HasSubstr("sweep 1 ran with other builds of its code before: "))
      << "its trials are still of two";
  EXPECT_THAT(resumed("json_set(environment, '$.plugins', json('{\"rnn.so\": \"c0ffee\"}'))"), HasSubstr("rnn.so"));
}

// `resume` reads which sweep it shall go on with before it has the lock.
TEST_F(IdentityTest, ASweepThatWasRemovedMeanwhileIsNotMadeAnew) {
  const auto go_on = [&] {
    cli::PlannedSweep planned;
    planned.plan.name = "small";
    planned.plan.trials.resize(1);
    cli::ExecuteOptions options;
    options.database = runner_.database();
    options.sweep_id = 1;
    cli::execute(planned, options);
  };
  EXPECT_THROW(go_on(), RequestError);
  EXPECT_FALSE(fs::exists(runner_.database()));
  ASSERT_EQ(sweep().status.code, 0);
  ASSERT_EQ(runner_.run({"rm", "small", "--yes"}).status.code, 0);
  try {
    go_on();
    FAIL() << "went on with a sweep that is gone";
  } catch (const RequestError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("has no sweep 1 any more"), HasSubstr("runner list")));
  }
  EXPECT_EQ(runner_.query("SELECT count(*) FROM sweeps"), "0\n");
}

}  // namespace
}  // namespace runner::testing
