// Grids: axes, ranges, conditions, zips.
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

Plan grid(const std::string& parameters, const std::string& rest = "") {
  return plan_of(kBase + "sweep:\n  parameters:\n" + parameters + rest);
}

std::string grid_error(const std::string& parameters, const std::string& rest = "") {
  return error_of(kBase + "sweep:\n  parameters:\n" + parameters + rest);
}

TEST(Grid, crosses_axes_the_last_one_fastest) {
  const Plan plan = grid("    model.num_layers: {values: [2, 1]}\n    train.optimizer.lr: {values: [1, 0.5, 1e-5]}\n");
  EXPECT_THAT(labels(plan), ElementsAre("num_layers=2, lr=1", "num_layers=2, lr=0.5", "num_layers=2, lr=1e-05",
                                        "num_layers=1, lr=1", "num_layers=1, lr=0.5", "num_layers=1, lr=1e-05"));
  EXPECT_THAT(values(plan, "/train/optimizer/lr"), ElementsAre(1.0, 0.5, 1e-5, 1.0, 0.5, 1e-5));
  EXPECT_TRUE(plan.trials[0].config["train"]["optimizer"]["lr"].is_number_float());
}

TEST(Grid, keeps_what_is_not_varied) {
  const Plan plan = grid("    model.num_layers: {values: [2, 1]}\n");
  EXPECT_THAT(values(plan, "/model/hidden_size"), ElementsAre(64, 64));
}

TEST(Grid, addresses_every_section) {
  const Plan plan = grid(
      "    data.sampling: {values: [random]}\n    model.bidirectional: {values: [true]}\n"
      "    train.reset_state: {values: [never]}\n    samples.prefixes: {values: [[a, b], [c]]}\n");
  EXPECT_THAT(labels(plan), ElementsAre("sampling=random, bidirectional=true, reset_state=never, prefixes=[a, b]",
                                        "sampling=random, bidirectional=true, reset_state=never, prefixes=[c]"));
}

TEST(Grid, labels_use_the_shortest_ending_that_is_unambiguous) {
  const Plan plan = plan_of(
      "name: a\ndata: {path: a.txt}\nmodel: {}\ntrain: {epochs: 1}\nsweep:\n  parameters:\n"
      "    data.plugin: {values: [text]}\n    model.plugin: {values: [gru]}\n"
      "    train.optimizer.name: {values: [sgd]}\n    train.epochs: {values: [1]}\n");
  EXPECT_THAT(labels(plan), ElementsAre("data.plugin=text, model.plugin=gru, optimizer.name=sgd, epochs=1"));
}

TEST(Grid, ranges_include_both_bounds) {
  const Plan plan = grid("    train.optimizer.lr: {min: 1e-4, max: 1e-1, count: 4, distribution: log_uniform}\n");
  EXPECT_THAT(values(plan, "/train/optimizer/lr"), ElementsAre(1e-4, 1e-3, 1e-2, 1e-1));
  EXPECT_THAT(labels(plan), ElementsAre("lr=0.0001", "lr=0.001", "lr=0.01", "lr=0.1"));
}

TEST(Grid, uniform_ranges_have_round_numbers) {
  const Plan plan = grid("    model.dropout: {min: 0, max: 0.3, count: 4}\n");
  EXPECT_THAT(labels(plan), ElementsAre("dropout=0", "dropout=0.1", "dropout=0.2", "dropout=0.3"));
}

TEST(Grid, integer_ranges) {
  EXPECT_THAT(values(grid("    model.num_layers: {min: 1, max: 6, count: 3}\n"), "/model/num_layers"),
              ElementsAre(1, 4, 6));
  const Plan plan = grid("    model.hidden_size: {min: 16, max: 1024, count: 4, distribution: int_log_uniform}\n");
  EXPECT_THAT(values(plan, "/model/hidden_size"), ElementsAre(16, 64, 256, 1024));
  EXPECT_THAT(
      values(grid("    train.clip_norm: {min: 1, max: 3, count: 3, distribution: int_uniform}\n"), "/train/clip_norm"),
      ElementsAre(1.0, 2.0, 3.0));
  EXPECT_THAT(values(grid("    train.epochs: {min: 4, max: 4, count: 1}\n"), "/train/epochs"), ElementsAre(4));
}

TEST(Grid, a_huge_count_is_refused_before_it_takes_memory) {
  EXPECT_THAT(grid_error("    train.clip_norm: {min: 0, max: 1, count: 1000000000000}\n"),
              HasSubstr("count must be between 1 and 100000"));
}

TEST(Grid, a_condition_that_fails_gives_one_point) {
  const Plan plan = grid(
      "    model.plugin: {values: [gru, lstm]}\n"
      "    model.forget_bias: {values: [0, 1, 2], when: {model.plugin: lstm}}\n");
  EXPECT_THAT(labels(plan), ElementsAre("plugin=gru", "plugin=lstm, forget_bias=0", "plugin=lstm, forget_bias=1",
                                        "plugin=lstm, forget_bias=2"));
}

TEST(Grid, conditions_look_at_the_final_value_with_defaults) {
  const Plan plan = grid(
      "    model.num_layers: {values: [1, 2, 3]}\n"
      "    model.dropout: {values: [0.1, 0.2], when: {model.num_layers: [2, 3.0], data.num_steps: 35}}\n"
      "    train.epochs: {values: [8, 9], when: {data.num_steps: 36}}\n");
  EXPECT_THAT(labels(plan), ElementsAre("num_layers=1", "num_layers=2, dropout=0.1", "num_layers=2, dropout=0.2",
                                        "num_layers=3, dropout=0.1", "num_layers=3, dropout=0.2"));
}

TEST(Grid, conditions_see_the_default_of_the_plugin_in_force) {
  const Plan plan = grid(
      "    model.plugin: {values: [gru, lstm]}\n"
      "    train.epochs: {values: [8, 9], when: {model.reset_after: true}}\n");
  EXPECT_THAT(labels(plan), ElementsAre("plugin=gru, epochs=8", "plugin=gru, epochs=9", "plugin=lstm"));
}

TEST(Grid, a_condition_may_come_before_what_it_depends_on) {
  const Plan plan = grid(
      "    model.dropout: {values: [0.1, 0.2], when: {model.num_layers: 2}}\n"
      "    model.num_layers: {values: [1, 2]}\n");
  EXPECT_THAT(labels(plan), ElementsAre("num_layers=1", "dropout=0.1, num_layers=2", "dropout=0.2, num_layers=2"));
}

TEST(Grid, conditions_chain) {
  const Plan plan = grid(
      "    model.num_layers: {values: [1, 2]}\n"
      "    model.hidden_size: {values: [8, 9], when: {model.num_layers: 2}}\n"
      "    model.dropout: {values: [0.1, 0.2], when: {model.hidden_size: 9}}\n");
  EXPECT_THAT(labels(plan),
              ElementsAre("num_layers=1", "num_layers=2, hidden_size=8", "num_layers=2, hidden_size=9, dropout=0.1",
                          "num_layers=2, hidden_size=9, dropout=0.2"));
}

TEST(Grid, conditions_make_a_large_product_small) {
  const Plan plan = grid(
      "    model.plugin: {values: [gru, lstm]}\n"
      "    train.epochs: {min: 1, max: 400, count: 400, when: {model.plugin: gru}}\n"
      "    model.hidden_size: {min: 1, max: 400, count: 400, when: {model.plugin: lstm}}\n");
  EXPECT_EQ(plan.trials.size(), 800u);
}

TEST(Grid, zip_walks_axes_together) {
  const Plan plan = grid(
      "    model.num_layers: {values: [1, 2]}\n    train.epochs: {values: [7]}\n"
      "    model.hidden_size: {values: [256, 128]}\n",
      "  zip: [[model.num_layers, model.hidden_size]]\n");
  EXPECT_THAT(labels(plan),
              ElementsAre("num_layers=1, epochs=7, hidden_size=256", "num_layers=2, epochs=7, hidden_size=128"));
}

TEST(Grid, a_zipped_axis_may_depend_on_another_of_its_list) {
  const Plan plan = grid(
      "    model.plugin: {values: [gru, lstm, rnn]}\n"
      "    model.forget_bias: {values: [7, 1, 8], when: {model.plugin: lstm}}\n",
      "  zip: [[model.forget_bias, model.plugin]]\n");
  EXPECT_THAT(labels(plan), ElementsAre("plugin=gru", "plugin=lstm, forget_bias=1", "plugin=rnn"));
}

TEST(Grid, an_axis_that_some_arms_lack_asks_for_when) {
  EXPECT_THAT(grid_error("    model.plugin: {values: [gru, lstm]}\n    model.forget_bias: {values: [0, 1]}\n"),
              HasSubstr("does not fit plugin gru, which has no such parameter; add when: {model.plugin: lstm}"));
}

TEST(Grid, the_plugin_may_come_from_the_axis_alone) {
  const Plan plan = plan_of(
      "name: a\ndata: {plugin: fortunes, corpus: x}\nmodel: {hidden_size: 8}\ntrain: {epochs: 1}\n"
      "sweep: {parameters: {model.plugin: {values: [gru, rnn]}}}\n");
  EXPECT_THAT(values(plan, "/model/hidden_size"), ElementsAre(8, 8));
}

TEST(Grid, relative_paths_of_axes_are_relative_to_the_file) {
  const Plan plan = plan_of(
      "name: a\ndata: {plugin: text}\nmodel: {plugin: gru}\ntrain: {epochs: 1}\n"
      "sweep: {parameters: {data.path: {values: [a.txt, ../b.txt]}}}\n");
  EXPECT_THAT(values(plan, "/data/path"), ElementsAre("/exp/a.txt", "/b.txt"));
  EXPECT_THAT(labels(plan), ElementsAre("path=a.txt", "path=../b.txt"));
}

}  // namespace
}  // namespace runner
