// Words of the command line and their precedence.
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

const std::string kDepth = kBase + "sweep: {seeds: [1, 2], parameters: {model.num_layers: {values: [1, 2, 6]}}}\n";

TEST(Overrides, win_over_the_file) {
  const Plan plan = plan_of(kBase, {"train.epochs=7", "train.optimizer.lr=0.25", "samples.prefixes=[分开, '1']",
                                    "name=new", "run.timeout=2m", "seed=9", "description=\"a: b\""});
  EXPECT_EQ(plan.trials[0].config["train"]["epochs"], 7);
  EXPECT_EQ(plan.trials[0].config["train"]["optimizer"]["lr"], 0.25);
  EXPECT_EQ(plan.trials[0].config["samples"]["prefixes"], Json({"分开", "1"}));
  EXPECT_EQ(plan.trials[0].seed, 9);
  EXPECT_EQ(plan.name, "new");
  EXPECT_EQ(plan.run.timeout.seconds, 120);
  EXPECT_THAT(plan.warnings, IsEmpty());
}

TEST(Overrides, mappings_merge) {
  const Plan plan = plan_of(kBase, {"model={num_layers: 2, dropout: 0.5}", "train={optimizer: {momentum: 0.9}}"});
  EXPECT_EQ(plan.trials[0].config["model"]["num_layers"], 2);
  EXPECT_EQ(plan.trials[0].config["model"]["hidden_size"], 64);
  EXPECT_EQ(plan.trials[0].config["train"]["optimizer"]["momentum"], 0.9);
  EXPECT_EQ(plan.trials[0].config["train"]["optimizer"]["lr"], 1.0);
}

TEST(Overrides, fix_what_an_axis_varies) {
  const Plan plan = plan_of(kDepth, {"model.num_layers=4"});
  EXPECT_THAT(values(plan, "/model/num_layers"), ElementsAre(4, 4));
  EXPECT_THAT(labels(plan), ElementsAre("", ""));
  EXPECT_THAT(plan.warnings, ElementsAre("command line: model.num_layers=4 fixes what the sweep varies; the axis at "
                                         "a.yaml:5:37 is dropped"));
}

TEST(Overrides, fix_what_a_trial_states) {
  const Plan plan =
      plan_of(kBase +
                  "sweep:\n  method: list\n  trials:\n  - {label: a, model: {num_layers: 1, dropout: 0.5}}\n"
                  "  - {label: b, model: {num_layers: 2}}\n",
              {"model.num_layers=4"});
  EXPECT_THAT(values(plan, "/model/num_layers"), ElementsAre(4, 4));
  EXPECT_THAT(values(plan, "/model/dropout"), ElementsAre(0.5, 0.0));
  EXPECT_THAT(plan.warnings, ElementsAre("command line: model.num_layers=4 fixes what the sweep varies; the value at "
                                         "a.yaml:8:24 and in 1 more trial is dropped"));
}

TEST(Overrides, that_make_trials_alike_are_refused) {
  const std::string text =
      kBase +
      "sweep: {method: list, trials: [{label: a, model: {num_layers: 1}}, {label: b, model: {num_layers: 2}}]}\n";
  EXPECT_THAT(error_of(text, {"model.num_layers=4"}),
              HasSubstr("the trials \"b\" and \"a\" (a.yaml:5:32) are identical"));
}

TEST(Overrides, fix_seeds) {
  const Plan plan = plan_of(kDepth, {"seed=5"});
  EXPECT_EQ(plan.trials.size(), 3u);
  EXPECT_EQ(plan.trials[0].seed, 5);
  EXPECT_THAT(plan.warnings,
              ElementsAre("command line: seed=5 fixes what the sweep varies; sweep.seeds (a.yaml:5:9) is dropped"));
  const Plan several = plan_of(kBase + "seed: 4\n", {"sweep.seeds=[1, 2]"});
  EXPECT_EQ(several.trials.size(), 2u);
  EXPECT_THAT(several.warnings, ElementsAre("command line: sweep.seeds replaces seed (a.yaml:5:1)"));
  EXPECT_THAT(error_of(kBase, {"seed=1", "sweep.seeds=[1, 2]"}), HasSubstr("seed cannot stand beside sweep.seeds"));
}

TEST(Overrides, below_parameters_the_last_word_is_the_field) {
  const Plan plan = plan_of(
      kDepth, {"sweep.parameters.model.num_layers.values=[1,2]", "sweep.parameters.train.optimizer.lr.values=[0.1]"});
  EXPECT_THAT(values(plan, "/model/num_layers"), ElementsAre(1, 1, 2, 2));
  EXPECT_THAT(values(plan, "/train/optimizer/lr"), ElementsAre(0.1, 0.1, 0.1, 0.1));
  EXPECT_THAT(error_of(kDepth, {"sweep.parameters.model.num_layers=[1,2]"}),
              HasSubstr("did you mean \"sweep.parameters.model.num_layers.values\"?"));
}

TEST(Overrides, new_values_replace_a_range_and_the_other_way_round) {
  const Plan values_plan = plan_of(kBase + "sweep: {parameters: {train.epochs: {min: 1, max: 3, count: 3}}}\n",
                                   {"sweep.parameters.train.epochs.values=[8, 9]"});
  EXPECT_THAT(values(values_plan, "/train/epochs"), ElementsAre(8, 9));
  EXPECT_THAT(values_plan.warnings,
              ElementsAre("command line: sweep.parameters.train.epochs.values: replaces the range of the "
                          "axis at a.yaml:5:22"));
  const Plan range_plan =
      plan_of(kDepth, {"sweep.parameters.model.num_layers.min=1", "sweep.parameters.model.num_layers.max=2",
                       "sweep.parameters.model.num_layers.count=2", "seed=1"});
  EXPECT_THAT(values(range_plan, "/model/num_layers"), ElementsAre(1, 2));
}

TEST(Overrides, an_axis_and_a_value_for_it_exclude_each_other) {
  EXPECT_THAT(error_of(kBase, {"sweep.parameters.train.epochs.values=[8, 9]", "train.epochs=3"}),
              HasSubstr("the command line also fixes train.epochs; keep one of them"));
}

TEST(Overrides, a_dropped_axis_leaves_its_zip) {
  const Plan plan =
      plan_of(kBase +
                  "sweep: {parameters: {model.num_layers: {values: [1, 2]}, model.hidden_size: {values: [3, 4]}},\n"
                  "  zip: [[model.num_layers, model.hidden_size]]}\n",
              {"model.hidden_size=9"});
  EXPECT_THAT(labels(plan), ElementsAre("num_layers=1", "num_layers=2"));
  EXPECT_THAT(values(plan, "/model/hidden_size"), ElementsAre(9, 9));
}

TEST(Overrides, may_choose_another_plugin) {
  const Plan plan = plan_of(
      "name: a\ndata: {plugin: fortunes, corpus: x}\nmodel: {plugin: lstm, hidden_size: 8, forget_bias: 1}\n"
      "train: {epochs: 1}\n",
      {"model.plugin=gru"});
  EXPECT_EQ(plan.trials[0].config["model"]["plugin"], "gru");
  EXPECT_EQ(plan.trials[0].config["model"]["hidden_size"], 8);
  EXPECT_THAT(plan.warnings,
              ElementsAre("a.yaml:3:39: model.forget_bias = 1 is dropped: plugin gru has no such parameter"));
}

TEST(Overrides, choosing_another_plugin_drops_its_axes_and_values) {
  const std::string text = kBase +
                           "sweep:\n  method: list\n  trials: [{label: a, model: {plugin: lstm, forget_bias: 2}}]\n"
                           "  parameters: {model.forget_bias: {values: [0, 1]}, model.num_layers: {values: [1, 2]}}\n";
  const std::string without_trials =
      kBase + "sweep:\n  parameters: {model.forget_bias: {values: [0, 1]}, model.num_layers: {values: [1, 2]}}\n";
  const Plan plan = plan_of(without_trials, {"model.plugin=gru"});
  EXPECT_THAT(labels(plan), ElementsAre("num_layers=1", "num_layers=2"));
  EXPECT_THAT(plan.warnings,
              ElementsAre(HasSubstr("the axis model.forget_bias is dropped: plugin gru, chosen on the command "
                                    "line, has no such parameter")));
  const Plan listed = plan_of(text, {"model.plugin=gru"});
  EXPECT_THAT(labels(listed), ElementsAre("a, num_layers=1", "a, num_layers=2"));
}

TEST(Overrides, that_only_some_arms_have_a_parameter_for_are_dropped_for_the_others) {
  const std::string text = kBase + "sweep: {parameters: {model.plugin: {values: [lstm, gru]}}}\n";
  const Plan plan = plan_of(text, {"model.forget_bias=3"});
  EXPECT_THAT(values(plan, "/model/forget_bias"), ElementsAre(3.0, Json()));
  EXPECT_THAT(plan.warnings, ElementsAre("command line: model.forget_bias: model.forget_bias = 3 is dropped in arm "
                                         "\"plugin=gru\": plugin gru has no such parameter"));
}

TEST(Overrides, that_no_arm_has_a_parameter_for_are_errors) {
  const std::string text = kBase + "sweep: {parameters: {model.plugin: {values: [rnn, gru]}}}\n";
  EXPECT_THAT(error_of(text, {"model.forget_bias=3"}),
              HasSubstr("command line: model.forget_bias: unknown key \"forget_bias\" in model (plugin rnn)"));
  EXPECT_THAT(error_of(kBase, {"model.hiden_size=3"}), HasSubstr("did you mean \"hidden_size\"?"));
}

TEST(Overrides, relative_paths_are_relative_to_the_working_directory) {
  const std::string text = "name: a\ndata: {plugin: text, path: a.txt}\nmodel: {plugin: lstm}\ntrain: {epochs: 1}\n";
  EXPECT_EQ(plan_of(text).trials[0].config["data"]["path"], "/exp/a.txt");
  EXPECT_EQ(plan_of(text, {"data.path=x/../b.txt"}).trials[0].config["data"]["path"], "/here/b.txt");
  EXPECT_THAT(values(plan_of(text, {"sweep.parameters.data.path.values=[b.txt, /c.txt]"}), "/data/path"),
              ElementsAre("/here/b.txt", "/c.txt"));
}

TEST(Overrides, of_one_path_the_last_counts) {
  const Plan plan = plan_of(kBase, {"train.epochs=5", "train.epochs=6"});
  EXPECT_EQ(plan.trials[0].config["train"]["epochs"], 6);
  EXPECT_THAT(plan.warnings,
              ElementsAre("command line: train.epochs: given more than once; the last value, 6, counts"));
}

TEST(Overrides, conditions_see_them) {
  const std::string text =
      kBase + "sweep: {parameters: {train.epochs: {values: [1, 2], when: {model.num_layers: 2}}}}\n";
  EXPECT_EQ(plan_of(text).trials.size(), 1u);
  EXPECT_EQ(plan_of(text, {"model.num_layers=2"}).trials.size(), 2u);
}

TEST(Overrides, whose_path_is_not_valid_utf8_are_refused) {
  EXPECT_EQ(error_of(kBase, {"model.\xff=3", "sweep.parameters.model.\xff"}),
            "command line: model.\uFFFD: the path is not valid UTF-8\n"
            "command line: sweep.parameters.model.\uFFFD: the path is not valid UTF-8");
}

TEST(Overrides, are_located_by_their_path) {
  EXPECT_EQ(error_of(kBase, {"train.epochs=2.5"}),
            "command line: train.epochs: train.epochs must be an integer, found 2.5, which is not a whole number; "
            "write 2 or 3");
  EXPECT_EQ(error_of(kBase, {"train.epochs"}),
            "command line: train.epochs: expected path=value, for example train.epochs=10");
  EXPECT_EQ(error_of(kBase, {"sweep="}), "command line: sweep: no value after \"=\"");
  EXPECT_THAT(error_of(kBase, {"train..epochs=2"}), HasSubstr("command line: train..epochs: expected path=value"));
  EXPECT_THAT(error_of(kBase, {"model.plugin=x\xFF"}), HasSubstr("command line: model.plugin: byte 1 (0xff)"));
  EXPECT_THAT(error_of(kBase, {"samples.prefixes[0]=x"}), HasSubstr("command line: samples.prefixes[0]: unknown key"));
}

}  // namespace
}  // namespace runner
