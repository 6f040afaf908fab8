// What a plan is made of, and its identity.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <random>

#include "common/sha256.h"
#include "planning.h"

namespace runner {
namespace {

using sweep::Plan;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace runner::testing;  // NOLINT(google-build-using-namespace): the vocabulary of these tests

TEST(Plan, how_often_a_trial_is_saved_does_not_make_it_another) {
  const std::string start = "name: one\ndata: {plugin: text, path: a.txt}\nmodel: {plugin: gru}\ntrain: {epochs: 1";
  const Plan plain = plan_of(start + "}\n"), saved = plan_of(start + ", checkpoint: {every: 5s}}\n");
  EXPECT_EQ(saved.trials[0].config["train"]["checkpoint"]["every"], 5.0);
  EXPECT_EQ(saved.trials[0].config_hash, plain.trials[0].config_hash);
  EXPECT_EQ(saved.config_hash, plain.config_hash);
}

TEST(Plan, a_file_without_sweep_is_one_trial_with_all_defaults) {
  const Plan plan = plan_of(
      "name: one\ndescription: words\ndata: {plugin: text, path: ../texts/a.txt}\n"
      "model: {plugin: gru}\ntrain: {epochs: 1e1}\n");
  ASSERT_EQ(plan.trials.size(), 1u);
  const Json expected = Json::parse(R"({
    "data": {"plugin": "text", "path": "/texts/a.txt", "max_chars": 0, "num_steps": 35, "batch_size": 32,
             "sampling": "consecutive", "valid_fraction": 0.0},
    "model": {"plugin": "gru", "hidden_size": 256, "num_layers": 1, "bidirectional": false, "dropout": 0.0,
              "reset_after": true},
    "train": {"epochs": 10, "clip_norm": 0.0, "reset_state": "epoch", "device": "auto",
              "optimizer": {"name": "adam", "lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.0},
              "schedule": {"name": "constant", "warmup": 0.0},
              "early_stopping": {"metric": "valid_perplexity", "patience": 0, "min_delta": 0.0},
              "checkpoint": {"every": 60.0, "keep_latest": 2, "keep_best": 0}},
    "samples": {"every": 0, "length": 50, "prefixes": [], "temperature": 0.0, "top_k": 0, "top_p": 1.0}})");
  EXPECT_EQ(plan.trials[0].config.dump(), expected.dump());
  Json known_by = expected;
  known_by["train"].erase("checkpoint");
  EXPECT_EQ(plan.trials[0].config_hash, sha256_hex(known_by.dump()));
  EXPECT_EQ(plan.trials[0].number, 1);
  EXPECT_EQ(plan.trials[0].seed, 1);
  EXPECT_EQ(plan.trials[0].label, "");
  EXPECT_EQ(plan.name, "one");
  EXPECT_EQ(plan.description, "words");
  EXPECT_EQ(plan.metric.name, "perplexity");
  EXPECT_TRUE(plan.metric.minimize);
  EXPECT_THAT(plan.warnings, IsEmpty());
}

TEST(Plan, reads_run_and_metric) {
  const Plan plan = plan_of(kBase +
                            "run: {max_concurrent_trials: 2, timeout: 1.5h, memory: 4GiB, on_failure: stop,\n"
                            "      cuda_graphs: false}\n"
                            "sweep: {metric: {name: loss, goal: maximize}, seeds: [3]}\n");
  EXPECT_EQ(plan.run.max_concurrent_trials, 2);
  EXPECT_EQ(plan.run.timeout.seconds, 5400);
  EXPECT_EQ(plan.run.memory.bytes, int64_t{4} << 30);
  EXPECT_EQ(plan.run.on_failure, "stop");
  EXPECT_FALSE(plan.run.cuda_graphs);
  EXPECT_EQ(plan.run.max_restarts, 3);
  EXPECT_EQ(plan.metric.name, "loss");
  EXPECT_FALSE(plan.metric.minimize);
  EXPECT_EQ(plan.trials[0].seed, 3);
}

TEST(Plan, every_arm_runs_once_per_seed) {
  const Plan plan = plan_of(kBase + "sweep: {seeds: [5, 2], parameters: {model.num_layers: {values: [1, 2]}}}\n");
  std::vector<int64_t> numbers, seeds;
  for (const auto& trial : plan.trials) {
    numbers.push_back(trial.number);
    seeds.push_back(trial.seed);
  }
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(seeds, ElementsAre(5, 2, 5, 2));
  EXPECT_THAT(values(plan, "/model/num_layers"), ElementsAre(1, 1, 2, 2));
  EXPECT_EQ(plan.trials[0].config_hash, plan.trials[1].config_hash);
  EXPECT_EQ(plan.trials[0].label, plan.trials[1].label);
}

TEST(Plan, identity_knows_values_not_their_writing) {
  const std::string text =
      "name: a\ndata: {plugin: fortunes, corpus: tang300, num_steps: 35}\nmodel: {plugin: lstm}\n"
      "train: {epochs: 3, clip_norm: 1}\n";
  const std::string other =
      "description: another\nrun: {threads_per_trial: 2}\ntrain:\n  clip_norm: 1.0\n  epochs: 3e0\n"
      "model: {plugin: 'lstm'}\ndata: {corpus: \"tang300\", plugin: fortunes}\nname: b\nseed: 1\n";
  EXPECT_EQ(plan_of(text).config_hash, plan_of(other).config_hash);
  EXPECT_EQ(hashes(plan_of(text)), hashes(plan_of(other)));
}

TEST(Plan, identity_knows_seed_metric_and_every_parameter) {
  const std::string reference = plan_of(kBase).config_hash;
  for (const char* word : {"seed=2", "model.dropout=0.1", "train.epochs=4", "train.optimizer.lr=2", "samples.length=51",
                           "data.num_steps=36", "train.device=cpu", "train.schedule.warmup=1",
                           "train.early_stopping.patience=3", "sweep.metric.goal=maximize"}) {
    const bool is_metric = std::string(word).find("metric") != std::string::npos;
    const std::vector<std::string> words =
        is_metric ? std::vector<std::string>{word, "sweep.seeds=[1]"} : std::vector<std::string>{word};
    EXPECT_NE(plan_of(kBase, words).config_hash, reference) << word;
  }
  EXPECT_EQ(plan_of(kBase, {"run.timeout=1s", "name=other", "description=other"}).config_hash, reference);
  EXPECT_EQ(plan_of(kBase, {"sweep.seeds=[1]"}).config_hash, reference);
}

TEST(Plan, labels_are_not_part_of_identity) {
  const auto text = [](const std::string& label) {
    return kBase + "sweep: {method: list, trials: [{label: " + label + ", model: {num_layers: 2}}]}\n";
  };
  EXPECT_EQ(plan_of(text("a")).config_hash, plan_of(text("b")).config_hash);
}

// Writes the same experiment with its keys in another order, and says what it resolves to.
TEST(Plan, does_not_depend_on_the_order_of_keys) {
  std::vector<std::string> sections = {
      "name: shuffled\n",
      "data: {plugin: fortunes, corpus: tang300, num_steps: 7, sampling: random}\n",
      "model: {dropout: 0.5, plugin: lstm, forget_bias: 1}\n",
      "train: {optimizer: {lr: 0.5, name: sgd}, epochs: 3}\n",
      "samples: {length: 3, every: 1, prefixes: [a]}\n",
      "sweep: {parameters: {model.plugin: {values: [lstm, gru]}, train.epochs: {values: [1, 2]}}, seeds: [1, 2]}\n"};
  std::mt19937 random(11);
  const Plan reference = plan_of(std::accumulate(sections.begin(), sections.end(), std::string()));
  for (int i = 0; i < 50; ++i) {
    std::shuffle(sections.begin(), sections.end(), random);
    const Plan plan = plan_of(std::accumulate(sections.begin(), sections.end(), std::string()));
    EXPECT_EQ(plan.config_hash, reference.config_hash);
    EXPECT_EQ(labels(plan), labels(reference));
  }
}

TEST(Plan, finds_where_values_were_written) {
  const Plan plan = plan_of(
      "name: a\ndata:\n  plugin: fortunes\n  corpus: tang300\nmodel: {plugin: lstm}\n"
      "train: {epochs: 3}\nsamples:\n  prefixes: [x, y]\n"
      "sweep:\n  parameters:\n    model.num_layers:\n      values: [1, 2]\n  seeds: [1, 2]\n",
      {"data.batch_size=4"});
  ASSERT_EQ(plan.trials.size(), 4u);
  const auto at = [&](size_t trial, const char* path) { return to_string(plan.locate(trial, path)); };
  EXPECT_EQ(at(0, "data.corpus"), "a.yaml:4:11");
  EXPECT_EQ(at(0, "data.num_steps"), "command line: data.batch_size");
  EXPECT_EQ(at(0, "data.batch_size"), "command line: data.batch_size");
  EXPECT_EQ(at(0, "samples.prefixes[1]"), "a.yaml:8:17");
  EXPECT_EQ(at(0, "samples.prefixes"), "a.yaml:8:13");
  EXPECT_EQ(at(0, "samples.prefixes[9]"), "a.yaml:8:13");
  EXPECT_EQ(at(1, "model.num_layers"), "a.yaml:12:16");
  EXPECT_EQ(at(2, "model.num_layers"), "a.yaml:12:19");
  EXPECT_EQ(at(0, "model.dropout"), "a.yaml:5:1");
  EXPECT_EQ(at(0, "model"), "a.yaml:5:1");
  EXPECT_EQ(at(0, "train.optimizer.lr"), "a.yaml:6:1");
  EXPECT_EQ(at(0, "train.schedule.metric"), "a.yaml:6:1");
  EXPECT_EQ(at(0, "elsewhere"), "a.yaml:1:1");
  EXPECT_THROW(plan.locate(4, "model"), std::out_of_range);
}

TEST(Plan, locates_the_trial_that_wrote_a_value) {
  const Plan plan = plan_of(kBase +
                            "sweep:\n  method: list\n  trials:\n  - {label: a, model: {num_layers: 2}}\n"
                            "  - {label: b, data: {plugin: text, path: x.txt}}\n");
  EXPECT_EQ(to_string(plan.locate(0, "data.corpus")), "a.yaml:2:34");
  EXPECT_EQ(to_string(plan.locate(1, "data.path")), "a.yaml:9:43");
  EXPECT_EQ(to_string(plan.locate(1, "data.num_steps")), "a.yaml:9:16");
}

TEST(Plan, reports_file_and_command_line_together) {
  EXPECT_EQ(error_of(kBase + "samples: {evry: 1}\n", {"train.epochs=x", "modle.y=1", "seed", "model=[", "=3"}),
            "a.yaml:5:11: unknown key \"evry\" in samples; did you mean \"every\"? valid: every, length, prefixes, "
            "temperature, top_k, top_p\n"
            "command line: : expected path=value with a path such as train.epochs\n"
            "command line: model: not valid YAML: a list that began with [ does not end with ]\n"
            "command line: modle.y: unknown key \"modle\" in the experiment; did you mean \"model\"? valid: name, "
            "description, "
            "data, model, train, samples, run, sweep, seed\n"
            "command line: seed: expected path=value, for example train.epochs=10\n"
            "command line: train.epochs: train.epochs must be an integer, found x");
}

TEST(Plan, thousands_of_trials_take_no_time) {
  const Plan plan = plan_of(kBase + R"(sweep:
  parameters:
    model.hidden_size: {min: 1, max: 100, count: 100}
    train.optimizer.lr: {min: 0.001, max: 1, count: 100, distribution: log_uniform}
    data.num_steps: {min: 1, max: 10, count: 10}
)");
  EXPECT_EQ(plan.trials.size(), 100'000u);
  EXPECT_EQ(plan.trials.back().label, "hidden_size=100, lr=1, num_steps=10");
  EXPECT_EQ(plan.trials.back().number, 100'000);
}

class ReadSource : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("runner-sweep-" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) +
               std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(ReadSource, knows_the_files_directory) {
  std::ofstream(folder_ / "x.yaml") << "name: a\n";
  const sweep::Source source = sweep::read_source((folder_ / "x.yaml").string(), {"a=1"});
  EXPECT_EQ(source.text, "name: a\n");
  EXPECT_EQ(source.directory, folder_);
  EXPECT_EQ(source.file, (folder_ / "x.yaml").string());
  EXPECT_THAT(source.overrides, ElementsAre("a=1"));
  EXPECT_EQ(source.working_directory, std::filesystem::current_path());
}

TEST_F(ReadSource, reports_what_cannot_be_read) {
  for (const auto& file : {folder_, folder_ / "missing.yaml"}) {
    try {
      sweep::read_source(file.string(), {});
      ADD_FAILURE() << "no error for " << file;
    } catch (const RequestError& error) {
      EXPECT_THAT(error.what(), HasSubstr(file.string()));
    }
  }
}

TEST_F(ReadSource, refuses_what_has_no_end) {
  try {
    sweep::read_source("/dev/zero", {});
    ADD_FAILURE() << "no error";
  } catch (const RequestError& error) {
    EXPECT_THAT(error.what(), HasSubstr("/dev/zero is larger than 16 MiB"));
  }
}

}  // namespace
}  // namespace runner
