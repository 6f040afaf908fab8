#include "control/sweep/to_yaml.h"

#include <gtest/gtest.h>

#include <random>

#include "planning.h"

namespace runner {
namespace {

using namespace runner::testing;  // NOLINT(google-build-using-namespace): the vocabulary of these tests

void expect_round_trip(const sweep::Trial& trial, const std::string& name) {
  const std::string text = sweep::experiment_yaml(name, trial.config, trial.seed);
  const sweep::Plan again = plan_of(text);
  ASSERT_EQ(again.trials.size(), 1u);
  EXPECT_EQ(again.trials[0].config, trial.config) << text;
  EXPECT_EQ(again.trials[0].config_hash, trial.config_hash);
  EXPECT_EQ(again.trials[0].seed, trial.seed);
  EXPECT_EQ(again.name, name);
}

TEST(ToYaml, resolves_to_the_same_configuration) {
  const sweep::Plan plan =
      plan_of(kBase +
              "samples: {every: 4, prefixes: [分开, 不分开, 'true', '12', '', \"a: b # c\\n\", '~', '0x10']}\n"
              "sweep: {seeds: [3], parameters: {model.plugin: {values: [gru, lstm, rnn]},\n"
              "  train.optimizer.name: {values: [adam, sgd, rmsprop]}}}\n");
  for (const sweep::Trial& trial : plan.trials) expect_round_trip(trial, "best of " + trial.label);
}

TEST(ToYaml, keeps_schedules_and_early_stopping) {
  const sweep::Plan plan = plan_of(
      kBase +
          "sweep: {parameters: {train.early_stopping.patience: {values: [0, 2]}, train.schedule.name: {values:\n"
          "  [constant, step, exponential, cosine, halve_on_plateau]}}}\n",
      {"train.early_stopping.metric=loss", "train.schedule={every: 1, factor: 0.5, warmup: 0.5, metric: loss}"});
  ASSERT_EQ(plan.trials.size(), 10u);
  for (const sweep::Trial& trial : plan.trials) expect_round_trip(trial, trial.label);
}

TEST(ToYaml, quotes_whatever_would_read_as_something_else) {
  const std::string alphabet = "ab01.-+e:# '\"\\[]{}&*!|>%@`,?~\t\n/_nultrfyos";
  std::mt19937 random(5);
  const sweep::Plan plan = plan_of(kBase);
  for (int i = 0; i < 500; ++i) {
    sweep::Trial trial = plan.trials[0];
    std::string text;
    for (size_t length = random() % 6; text.size() < length;) text += alphabet[random() % alphabet.size()];
    trial.config["samples"]["prefixes"] = {text, "x" + text};
    const sweep::Plan again = plan_of(sweep::experiment_yaml("n", trial.config, 1));
    EXPECT_EQ(again.trials[0].config, trial.config) << text;
  }
}

TEST(ToYaml, numbers_survive) {
  sweep::Plan plan =
      plan_of(kBase, {"train.optimizer.lr=0.1", "train.clip_norm=1e-7", "train.optimizer.weight_decay=1e22"});
  expect_round_trip(plan.trials[0], "numbers");
}

TEST(ToYaml, writes_units_where_the_schema_asks_for_them) {
  config::Schemas schemas = distinct_schemas();
  schemas.models.usable[0].params.push_back(param("budget", ParamValue(Duration{60}), ParamType::duration));
  schemas.models.usable[0].params.push_back(param("cache", ParamValue(ByteSize{1}), ParamType::byte_size));
  const auto source = source_of(kBase, {"model.plugin=rnn", "model.budget=1.5m", "model.cache=3KiB"});
  const sweep::Plan plan = sweep::make_plan(source, schemas);
  const std::string text = sweep::experiment_yaml("units", plan.trials[0].config, 1, &schemas);
  EXPECT_EQ(sweep::make_plan(source_of(text), schemas).config_hash, plan.config_hash) << text;
}

}  // namespace
}  // namespace runner
