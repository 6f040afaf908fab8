// Lists of trials, and arms that choose another plugin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planning.h"

namespace runner {
namespace {

using sweep::Plan;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace runner::testing;  // NOLINT(google-build-using-namespace): the vocabulary of these tests

Plan list(const std::string& trials, const std::vector<std::string>& overrides = {}) {
  return plan_of(kBase + "sweep:\n  method: list\n  trials:\n" + trials, overrides);
}

TEST(List, merges_each_trial_over_the_base) {
  const Plan plan = list("  - {label: deep, model: {num_layers: 6}}\n  - {label: fast, train: {optimizer: {lr: 2}}}\n");
  EXPECT_THAT(labels(plan), ElementsAre("deep", "fast"));
  EXPECT_THAT(values(plan, "/model/num_layers"), ElementsAre(6, 1));
  EXPECT_THAT(values(plan, "/train/optimizer/lr"), ElementsAre(1.0, 2.0));
  EXPECT_THAT(values(plan, "/train/optimizer/name"), ElementsAre("sgd", "sgd"));
}

TEST(List, replaces_lists) {
  const Plan plan = plan_of(kBase +
                            "samples: {prefixes: [a, b], length: 7}\n"
                            "sweep: {method: list, trials: [{samples: {prefixes: [c]}}]}\n");
  EXPECT_THAT(values(plan, "/samples/prefixes"), ElementsAre(Json({"c"})));
  EXPECT_THAT(values(plan, "/samples/length"), ElementsAre(7));
}

TEST(List, labels_come_from_what_a_trial_changes) {
  const Plan plan = list("  - {model: {plugin: gru, num_layers: 2.0}}\n  - {}\n  - {samples: {prefixes: [x, y]}}\n");
  EXPECT_THAT(labels(plan), ElementsAre("plugin=gru, num_layers=2", "base", "prefixes=[x, y]"));
}

TEST(List, crosses_trials_with_axes_and_seeds) {
  const Plan plan = list(
      "  - {label: a, train: {epochs: 1}}\n  - {label: b}\n"
      "  parameters: {model.num_layers: {values: [1, 2]}}\n  seeds: [1, 2]\n");
  EXPECT_THAT(labels(plan), ElementsAre("a, num_layers=1", "a, num_layers=1", "a, num_layers=2", "a, num_layers=2",
                                        "b, num_layers=1", "b, num_layers=1", "b, num_layers=2", "b, num_layers=2"));
}

TEST(List, may_be_long) {
  std::string text;
  for (int i = 1; i <= 5'000; ++i) text += "  - {model: {hidden_size: " + std::to_string(i) + "}}\n";
  const Plan plan = list(text);
  EXPECT_EQ(plan.trials.back().label, "hidden_size=5000");
}

TEST(Switching, keeps_what_the_new_plugin_declares_and_drops_the_rest) {
  const Plan plan = plan_of(
      "name: a\ndata: {plugin: fortunes, corpus: x}\ntrain: {epochs: 1}\n"
      "model: {plugin: lstm, hidden_size: 8, forget_bias: 1}\n"
      "sweep: {method: list, trials: [{label: L}, {label: G, model: {plugin: gru}}]}\n");
  EXPECT_THAT(values(plan, "/model/hidden_size"), ElementsAre(8, 8));
  EXPECT_THAT(values(plan, "/model/forget_bias"), ElementsAre(1.0, Json()));
  EXPECT_THAT(plan.warnings,
              ElementsAre("a.yaml:4:39: model.forget_bias = 1 is dropped in arm \"G\": plugin gru has no "
                          "such parameter"));
}

TEST(Switching, one_line_stands_for_all_arms) {
  const Plan plan = plan_of(
      "name: a\ndata: {plugin: fortunes, corpus: x}\ntrain: {epochs: 1}\n"
      "model: {plugin: lstm, forget_bias: 1}\n"
      "sweep: {parameters: {model.plugin: {values: [lstm, gru]}, train.epochs: {values: [1, 2, 3]}}}\n");
  ASSERT_EQ(plan.warnings.size(), 1u);
  EXPECT_THAT(plan.warnings[0], HasSubstr("dropped in arm \"plugin=gru, epochs=1\" and 2 more"));
}

TEST(Switching, works_for_optimizers) {
  const Plan plan = plan_of(
      "name: a\ndata: {plugin: fortunes, corpus: x}\nmodel: {plugin: lstm}\n"
      "train: {epochs: 1, optimizer: {lr: 0.5, beta1: 0.8}}\n"
      "sweep: {parameters: {train.optimizer.name: {values: [adam, sgd]}}}\n");
  EXPECT_THAT(values(plan, "/train/optimizer/lr"), ElementsAre(0.5, 0.5));
  EXPECT_THAT(values(plan, "/train/optimizer/beta1"), ElementsAre(0.8, Json()));
  ASSERT_EQ(plan.warnings.size(), 1u);
  EXPECT_THAT(plan.warnings[0], HasSubstr("optimizer sgd has no such parameter"));
}

TEST(Switching, works_for_schedules) {
  const Plan plan = plan_of(
      "name: a\ndata: {plugin: fortunes, corpus: x}\nmodel: {plugin: lstm}\n"
      "train: {epochs: 10, schedule: {name: step, every: 3, factor: 0.5, warmup: 1}}\n"
      "sweep: {parameters: {train.schedule.name: {values: [step, exponential, constant]}}}\n");
  EXPECT_THAT(labels(plan), ElementsAre("schedule.name=step", "schedule.name=exponential", "schedule.name=constant"));
  EXPECT_THAT(values(plan, "/train/schedule"),
              ElementsAre(Json({{"name", "step"}, {"every", 3}, {"factor", 0.5}, {"warmup", 1.0}}),
                          Json({{"name", "exponential"}, {"after", 1}, {"factor", 0.5}, {"warmup", 1.0}}),
                          Json({{"name", "constant"}, {"warmup", 1.0}})));
  EXPECT_THAT(plan.warnings,
              ElementsAre("a.yaml:4:44: train.schedule.every = 3 is dropped in arm \"schedule.name=exponential\": "
                          "schedule exponential has no such parameter",
                          "a.yaml:4:44: train.schedule.every = 3 is dropped in arm \"schedule.name=constant\": "
                          "schedule constant has no such parameter",
                          "a.yaml:4:54: train.schedule.factor = 0.5 is dropped in arm \"schedule.name=constant\": "
                          "schedule constant has no such parameter"));
}

TEST(Switching, what_a_trial_states_itself_must_fit_its_plugin) {
  EXPECT_THAT(error_of(kBase + "sweep: {method: list, trials: [{label: G, model: {plugin: gru, forget_bias: 1}}]}\n"),
              HasSubstr("a.yaml:5:64: unknown key \"forget_bias\" in model (plugin gru)"));
}

TEST(Switching, a_slip_in_the_base_is_no_dropped_value) {
  const std::string text =
      "name: a\ndata: {plugin: fortunes, corpus: x}\ntrain: {epochs: 1}\n"
      "model: {plugin: lstm, forget_bais: 1}\n"
      "sweep: {parameters: {model.plugin: {values: [gru, rnn]}}}\n";
  EXPECT_EQ(
      error_of(text),
      "a.yaml:4:23: unknown key \"forget_bais\" in model (plugin lstm); did you mean \"forget_bias\"? valid: plugin, "
      "hidden_size, num_layers, bidirectional, dropout, forget_bias");
}

TEST(Switching, a_dataset_that_is_not_chosen_needs_nothing) {
  const Plan plan = plan_of(
      "name: a\ndata: {plugin: text}\nmodel: {plugin: lstm}\ntrain: {epochs: 1}\n"
      "sweep: {method: list, trials: [{label: F, data: {plugin: fortunes, corpus: x}},\n"
      "  {label: T, data: {path: b.txt}}]}\n");
  EXPECT_THAT(values(plan, "/data/plugin"), ElementsAre("fortunes", "text"));
  EXPECT_THAT(values(plan, "/data/path"), ElementsAre(Json(), "/exp/b.txt"));
  EXPECT_THAT(plan.warnings, IsEmpty());
}

}  // namespace
}  // namespace runner
