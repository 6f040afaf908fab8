#include <gmock/gmock.h>

#include <sstream>

#include "common/text.h"
#include "control/report/sweep_page.h"
#include "control/report/sweep_report.h"
#include "control/report/trial_page.h"
#include "control/store/flags.h"
#include "results.h"
#include "tamper.h"

namespace runner::report {
namespace {

using store::TrialStatus;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Pages : public ::testing::Test {
 protected:
  std::string report(int64_t sweep, Format format = Format::table) {
    store::Reader reader(file);
    std::ostringstream out;
    print_sweep_report(reader, sweep, format, out, 0);
    return out.str();
  }
  std::string sweep_page(int64_t sweep, Format format = Format::table, int64_t limit = 100, bool is_alive = true) {
    store::Reader reader(file);
    std::ostringstream out;
    print_sweep_page(reader, sweep, is_alive, limit, format, out, 0);
    return out.str();
  }
  std::string trial_page(int64_t trial, Format format = Format::table) {
    store::Reader reader(file);
    std::ostringstream out;
    print_trial_page(reader, trial, true, format, out, 0);
    return out.str();
  }

  testing::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "results.db";
  store::Store store{file};
};

TEST_F(Pages, TheReportHasOneRowAnArmAndOneSample) {
  const std::string text = report(testing::fill_depth(store));
  EXPECT_THAT(text, AllOf(HasSubstr("depth (sweep 1) failed: 3 trials"), HasSubstr("num_layers=1"), HasSubstr("4.1250"),
                          HasSubstr("4.1250 @ 160"), HasSubstr("1234567"), HasSubstr("10000")));
  EXPECT_THAT(text, HasSubstr("every arm: seeds 1, unigram 510.12, bigram 9.2000"));
  EXPECT_THAT(text,
              HasSubstr("trial 3 (num_layers=6, seed 1) failed: the worker died: SIGSEGV (segmentation fault)\n"));
  EXPECT_THAT(text, HasSubstr("  num_layers=1: 分开始了，第 160 次\n"));
  EXPECT_THAT(text, Not(HasSubstr("valid")));
}

TEST_F(Pages, TheReportFitsOnAPage) {
  std::istringstream lines(report(testing::fill_depth(store)));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 100) << line;
}

TEST_F(Pages, AnArmOfSeveralSeedsHasMeanRangeAndCounts) {
  const store::SweepState sweep = store.create_sweep(testing::depth_sweep({1, 2}));
  store.start_sweep(sweep.sweep_id, "name: depth\n", Json::object());
  for (int64_t trial = 1; trial <= 5; ++trial) testing::complete(store, trial, 100);
  testing::fail(store, 6);
  store.end_sweep(sweep.sweep_id);
  const std::string text = report(sweep.sweep_id);
  EXPECT_THAT(text, HasSubstr("4.7500 (3.5000–6.0000)"));
  EXPECT_THAT(text, HasSubstr("1 completed, 1 failed"));
  const Json rows = Json::parse(report(sweep.sweep_id, Format::json));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0]["perplexity"], 4.75);
  EXPECT_EQ(rows[0]["perplexity_min"], 3.5);
  EXPECT_EQ(rows[0]["best_perplexity"], 3.5);
  EXPECT_EQ(rows[0]["trials"], "1,2");
  EXPECT_EQ(rows[2]["completed"], 1);
  EXPECT_EQ(rows[2]["perplexity"], 2.0) << "a failed trial does not count beside a completed one";
  EXPECT_THAT(rows[2]["error"].get<std::string>(), HasSubstr("SIGSEGV"));
  EXPECT_EQ(rows[0]["sample"], "分开始了，第 80 次");
}

TEST_F(Pages, TrialsThatStoppedEarlySayWhenAndWhy) {
  store::NewSweep sweep = testing::depth_sweep({1, 2});
  for (auto& trial : sweep.trials) {
    trial.config["train"]["early_stopping"] = {{"metric", "valid_loss"}, {"patience", 3}, {"min_delta", 0.0}};
  }
  store.create_sweep(sweep);
  for (int64_t trial = 1; trial <= 6; ++trial) testing::complete(store, trial, trial == 2 ? 40 : 160);
  store.add_fact(2, "stopped_early", int64_t{40});
  store.end_sweep(1);
  const std::string text = report(1);
  EXPECT_THAT(text, AllOf(HasSubstr("epochs"), HasSubstr("40–160"), HasSubstr("every arm: seeds 2, status completed")));
  EXPECT_EQ(Json::parse(report(1, Format::json))[0]["epochs"], 160) << "the most of them";
  EXPECT_THAT(trial_page(2),
              HasSubstr("completed after 40 of 160 epochs, stopped early: valid_loss had not improved for 3\n"));
  EXPECT_THAT(trial_page(1), HasSubstr("completed after 160 epochs\n"));
}

TEST_F(Pages, HeldOutPerplexityOtherMetricsAndFlagsAreShown) {
  store::NewSweep sweep = testing::depth_sweep();
  sweep.metric = "accuracy";
  sweep.minimize = false;
  sweep.trials.resize(1);
  sweep.trials[0].label = "";
  store.create_sweep(sweep);
  store.start_attempt(1, "atlas", 1);
  store.add_metrics(1, 1, {{"perplexity", 2.0}, {"valid_perplexity", 3.25}, {"accuracy", 0.75}});
  store.set_flag(1, store::kSeesFuture, true);
  store.end_trial(1, TrialStatus::completed, "", {"completed", 0, ""});
  EXPECT_THAT(report(1), AllOf(HasSubstr("lstm"), HasSubstr("valid *3.2500"), HasSubstr("accuracy"),
                               HasSubstr("0.75000"), HasSubstr("flags sees_future")));
}

TEST_F(Pages, PerplexitiesThatSeeTheFutureAreMarkedEverywhere) {
  testing::fill_depth(store);
  testing::flag_future(store, 2, 31.25);
  store.flush();
  const std::string note = "* sees_future: its outputs depend on the tokens it shall predict";
  EXPECT_THAT(report(1),
              AllOf(HasSubstr(" *2.5625  *2.5625 @ 160  31.250"), HasSubstr("  4.1250   4.1250 @ 160       –"),
                    HasSubstr("causal"), HasSubstr("\n" + note)));
  EXPECT_THAT(sweep_page(1), AllOf(HasSubstr("*2.5625"), HasSubstr("31.25"), HasSubstr("4.125"), HasSubstr("\n" + note),
                                   HasSubstr("unigram 510.12, bigram 9.2"), Not(HasSubstr("*4.125"))));
  EXPECT_THAT(trial_page(2),
              AllOf(HasSubstr("perplexity *2.5625, best *2.5625 at epoch 160; causal 31.25, unigram 510.12"),
                    HasSubstr("flags sees_future\n    " + note), HasSubstr("  *251 ")));
  EXPECT_THAT(trial_page(1), AllOf(HasSubstr("at epoch 160; unigram 510.12, bigram 9.2\n"), Not(HasSubstr("*"))));
  const Json rows = Json::parse(report(1, Format::json));
  EXPECT_EQ(rows[1]["causal_perplexity"], 31.25);
  EXPECT_EQ(rows[1]["perplexity"], 2.5625);
  EXPECT_EQ(rows[1]["flags"], "sees_future");
  EXPECT_EQ(rows[0]["causal_perplexity"], nullptr);
  EXPECT_EQ(Json::parse(sweep_page(1, Format::json))["trials"][1]["causal_perplexity"], 31.25);
}

TEST_F(Pages, OtherFlagsAreExplainedWithoutAMark) {
  testing::fill_depth(store);
  store.set_flag(1, store::kStuckAtUnigram, true);
  store.set_flag(1, "of_a_later_version", true);
  for (const std::string& text : {report(1), sweep_page(1), trial_page(1)}) {
    EXPECT_THAT(text, AllOf(HasSubstr("of_a_later_version,stuck_at_unigram"),
                            HasSubstr("stuck_at_unigram: its perplexity stayed within 3% of the unigram perplexity"),
                            Not(HasSubstr("*"))));
  }
}

TEST_F(Pages, WithoutFlagsNothingIsSaidOfThem) {
  testing::fill_depth(store);
  EXPECT_THAT(report(1), AllOf(Not(HasSubstr("causal")), Not(HasSubstr("flags")), Not(HasSubstr("*"))));
  EXPECT_THAT(sweep_page(1), AllOf(Not(HasSubstr("causal")), Not(HasSubstr("flags"))));
}

TEST_F(Pages, AReportOfASweepThatNeverRan) {
  store.create_sweep(testing::depth_sweep());
  EXPECT_THAT(report(1), AllOf(HasSubstr("waiting"), HasSubstr("num_layers=6")));
  EXPECT_EQ(Json::parse(report(1, Format::json)).size(), 3u);
}

// A database may come from anybody.
TEST_F(Pages, NothingThatIsStoredReachesTheTerminalAsACommand) {
  const int64_t sweep = testing::fill_depth(store);
  testing::tamper(
      file,
      "PRAGMA ignore_check_constraints = ON;"
      "UPDATE sweeps SET name = char(27), status = char(27), started_at = char(27), metric = char(27);"
      "UPDATE trials SET label = char(27), status = char(27), started_at = char(27), flags = char(27),"
      "  error = char(27);"
      "UPDATE attempts SET host = char(27), outcome = char(27), started_at = char(27), stderr_tail = char(27)");
  for (const std::string& text : {report(sweep), sweep_page(sweep), trial_page(1), trial_page(3)}) {
    EXPECT_THAT(text, AllOf(HasSubstr("\\x1b"), Not(HasSubstr("\x1b"))));
  }
}

TEST_F(Pages, CsvOfTheReportHasOneLineAnArm) {
  const std::string text = report(testing::fill_depth(store), Format::csv);
  EXPECT_THAT(text, HasSubstr("arm,trials,seeds"));
  EXPECT_THAT(text, HasSubstr("\r\nnum_layers=2,2,1,1,0,completed,1234567,160,"));
}

TEST_F(Pages, ASweepIsShownWithItsTrialsErrorsAndEnvironment) {
  const std::string text = sweep_page(testing::fill_depth(store));
  EXPECT_THAT(text, AllOf(HasSubstr("sweep 1  depth: failed, 3 of 3 trials done, 1 failed"), HasSubstr("num_layers=6"),
                          HasSubstr("metric perplexity (minimize), started 2"), HasSubstr("all the same: seed 1"),
                          HasSubstr("trial 3 (num_layers=6): the worker died"), HasSubstr("worker.libtorch: 1.13.1")));
}

TEST_F(Pages, ALimitSaysWhatItLeavesOut) {
  testing::fill_depth(store);
  EXPECT_THAT(sweep_page(1, Format::table, 1), HasSubstr("2 further trials: --limit 0 shows all"));
  EXPECT_THAT(sweep_page(1, Format::table, 0), Not(HasSubstr("further")));
  const Json page = Json::parse(sweep_page(1, Format::json, 1));
  EXPECT_EQ(page["trials"].size(), 3u);
  EXPECT_EQ(page["trials"][2]["model.num_layers"], 6);
  EXPECT_EQ(page["sweep"]["name"], "depth");
  EXPECT_EQ(page["environment"]["worker"]["libtorch"], "1.13.1");
  EXPECT_EQ(page["experiment"], "name: depth\n");
}

TEST_F(Pages, WithoutARunnerNothingRuns) {
  store.create_sweep(testing::depth_sweep());
  store.start_sweep(1, "name: depth\n", Json::object());
  store.start_attempt(1, "atlas", 1);
  EXPECT_THAT(sweep_page(1), HasSubstr("depth: running"));
  EXPECT_THAT(sweep_page(1, Format::table, 100, false), AllOf(HasSubstr("interrupted"), Not(HasSubstr("running"))));
}

TEST_F(Pages, ATrialIsShownWithEverything) {
  testing::fill_depth(store);
  const std::string text = trial_page(1);
  EXPECT_THAT(text, AllOf(HasSubstr("trial 1  num_layers=1: completed after 160 epochs"),
                          HasSubstr("trial 1 of sweep 1 (depth), seed 1"), HasSubstr("perplexity 4.125, best 4.125"),
                          HasSubstr("vary in its sweep\n  model.num_layers  1\n"), HasSubstr("train.optimizer.lr"),
                          HasSubstr("unigram_perplexity  510.12"), HasSubstr("epoch 160: 分开始了，第 160 次"),
                          HasSubstr("results.files/1")));
  EXPECT_THAT(text, HasSubstr("--csv prints every epoch"));
  EXPECT_THAT(trial_page(3), AllOf(HasSubstr("error the worker died"), HasSubstr("killed by SIGSEGV"),
                                   HasSubstr("      Segmentation fault\n"), HasSubstr("1: crashed, started 2")));
}

TEST_F(Pages, ATrialForProgramsHasEveryEpoch) {
  testing::fill_depth(store);
  const Json page = Json::parse(trial_page(1, Format::json));
  EXPECT_EQ(page["metrics"].size(), 160u);
  EXPECT_EQ(page["metrics"][159]["epoch"], 160);
  EXPECT_EQ(page["parameters"]["model.num_layers"], 1);
  EXPECT_EQ(page["facts"]["vocabulary"], 1860);
  EXPECT_EQ(page["samples"].size(), 8u);
  EXPECT_EQ(page["attempts"][0]["outcome"], "completed");
  EXPECT_THAT(trial_page(1, Format::csv), HasSubstr("epoch,perplexity,loss,seconds,tokens_per_second\r\n1,501.0,0.5,"));
}

TEST_F(Pages, ATrialThatNeverRanAndOneThatDoesNotExist) {
  testing::fill_depth(store);
  store.create_sweep(testing::depth_sweep());
  EXPECT_THAT(trial_page(4), AllOf(HasSubstr("waiting after 0 epochs"), Not(HasSubstr("metrics"))));
  EXPECT_THAT(testing::message_of<RequestError>([&] { trial_page(99); }),
              AllOf(HasSubstr("no trial 99"), HasSubstr("from 1 to 6")));
}

TEST_F(Pages, ATrialWithoutItsSweepIsNotShown) {
  testing::fill_depth(store);
  testing::tamper(file, "DELETE FROM sweeps");
  EXPECT_THAT(testing::message_of<EnvironmentError>([&] { trial_page(1); }),
              HasSubstr("has trial 1, but not its sweep"));
}

}  // namespace
}  // namespace runner::report
