#include "control/report/comparison_page.h"

#include <gmock/gmock.h>

#include <sstream>

#include "common/text.h"
#include "compared_sweeps.h"
#include "control/report/comparison_report.h"
#include "control/report/markdown.h"

namespace runner::report {
namespace {

using ::testing::AllOf;
using testing::cell_config;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::perplexities;

class ComparisonPages : public ::testing::Test {
 protected:
  std::string page(const ComparisonRequest& request, Format format = Format::table, int64_t width = 0) {
    store::Reader reader(file);
    std::ostringstream out;
    print_comparison(compare(reader, request), "runner compare", format, out, width);
    return out.str();
  }
  Json json(const ComparisonRequest& request) { return Json::parse(page(request, Format::json)); }
  std::string document(const ComparisonRequest& request) {
    store::Reader reader(file);
    std::ostringstream out;
    print_comparison_report(reader, compare(reader, request), "runner compare 'both ways'", out);
    return out.str();
  }
  void add_songs() {
    testing::SweepResults songs;
    songs.name = "songs";
    songs.corpus = "5ec0ffee";
    songs.arms = {{"gru", cell_config("gru", "song100"), perplexities({0.01, 0.01, 0.02}), {}},
                  {"rnn", cell_config("rnn", "song100"), perplexities({0.05, 0.09}), {3}}};
    testing::add_sweep(store, songs);
  }

  testing::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "results.db";
  store::Store store{file};
};

// Every number by hand: means exp(0.11), exp(0.34 / 3), …; intervals by t = 4.3027 for two degrees of freedom.
TEST_F(ComparisonPages, ForPeople) {
  testing::add_cells(store);
  EXPECT_EQ(page({{1}, "", {}, ""}),
            R"(perplexity at the last epoch, smaller is better: sweep 1 (cells)

fortunes tang300, corpus c0ffee, vocabulary 1860; unigram 510.12, bigram 9.2500

arm        plugin    n  perplexity     95% interval  sd (nats)  causal  best epoch  tok/s  parameters  flags
─────────  ────────  ─  ──────────  ───────────────  ─────────  ──────  ──────────  ─────  ──────────  ───────────
gru        gru       3      1.1163    1.0889–1.1444     0.0100       –           3  10000     1234567
lstm       lstm      3      1.1200    1.0783–1.1633     0.0153       –           3  10000     1234567
rnn        rnn       3      4.5418    4.3129–4.7829     0.0208       –           3  10000     1234567
both ways  gru_both  3     *1.0013  *0.99990–1.0028   0.000577  31.250           3  10000     1234567  sees_future

against gru (the best mean), seed by seed

arm        pairs  difference        95% interval  p (Holm)  verdict
─────────  ─────  ──────────  ──────────────────  ────────  ────────────
lstm           3    +0.00333  -0.0346 to +0.0413      0.74  not resolved
rnn            3       +1.40      +1.37 to +1.43    <0.001  worse
both ways      –           –                   –         –  –

both ways: sees the future: not ranked

perplexity and its interval: exp of the mean over n seeds, and of its t interval, in nats per token; sd in nats per token.
difference: arm minus baseline in nats per token (0.01 is 1% of perplexity), the mean over common seeds; its interval is for one comparison alone.
verdict: paired t test, p below 0.05 after Holm's correction over the comparisons tested in a table.
* sees_future: its outputs depend on the tokens it shall predict, so numbers marked * are not a language model's; causal is its perplexity without them.
)");
}

TEST_F(ComparisonPages, FitsNarrowTerminalsWithoutLosingAnything) {
  testing::add_cells(store);
  for (const int64_t width : {80, 120}) {
    const std::string text = page({{1}, "", {}, ""}, Format::table, width);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << line;
    EXPECT_THAT(text, AllOf(HasSubstr("1234567"), HasSubstr("sees_future"), HasSubstr("not resolved")));
  }
}

TEST_F(ComparisonPages, OneArmAndSharedFlags) {
  testing::SweepResults sweep;
  sweep.arms = {{"gru", cell_config("gru"), {{1, 1.5}}, {}}};
  testing::add_sweep(store, sweep);
  store.set_flag(1, store::kStuckAtUnigram, true);
  EXPECT_THAT(
      page({{1}, "", {}, ""}),
      AllOf(HasSubstr("nothing is compared: there is one arm"), HasSubstr("\nflags stuck_at_unigram\n"),
            HasSubstr("\nstuck_at_unigram: its perplexity stayed"), Not(HasSubstr("Holm")), Not(HasSubstr("plugin"))));
}

TEST_F(ComparisonPages, EachDataHasItsOwnTableAndItIsSaid) {
  testing::add_cells(store);
  add_songs();
  const std::string text = page({{1, 2}, "", {}, ""});
  EXPECT_THAT(
      text,
      AllOf(HasSubstr("The trials are on 2 different texts, splits or vocabularies, whose numbers cannot"),
            HasSubstr("fortunes tang300, corpus c0ffee"), HasSubstr("fortunes song100, corpus 5ec0ffee"),
            HasSubstr("against gru (sweep 1) (the best mean)"), HasSubstr("against gru (sweep 2) (the best mean)"),
            HasSubstr("rnn (sweep 2): left out trial 18 (failed)"), HasSubstr("2 common seeds, a verdict takes 3"),
            HasSubstr("2 of 3")));
  EXPECT_EQ(text.find("song100"), text.rfind("song100")) << "no column for what does not vary within a table";
}

TEST_F(ComparisonPages, WhatDoesNotCountIsNamed) {
  testing::SweepResults sweep;
  sweep.arms = {{"a", cell_config("a"), {{1, std::nan("")}, {2, 1.5}, {3, 1.5}}, {4, 5, 6, 7, 8, 9, 10, 11}}};
  testing::add_sweep(store, sweep);
  EXPECT_THAT(page({{1}, "", {}, ""}),
              AllOf(HasSubstr("a: left out trials 4, 5, 6, 7, 8, 9 and 2 more (failed), trial 1 (perplexity is not a "
                              "finite number at the last epoch)"),
                    HasSubstr("a: every seed came to the same value"), HasSubstr("2 of 11")));
}

TEST_F(ComparisonPages, ForPrograms) {
  testing::add_cells(store);
  add_songs();
  const Json all = json({{1, 2}, "", {}, ""});
  EXPECT_EQ(all["metric"], "perplexity");
  EXPECT_EQ(all["goal"], "minimize");
  EXPECT_EQ(all["unit_of_differences"], "nats per token");
  EXPECT_EQ(all["command"], "runner compare");
  EXPECT_EQ(all["sweeps"][1], Json({{"sweep", 2}, {"name", "songs"}}));
  ASSERT_EQ(all["tables"].size(), 2u);
  const Json& first = all["tables"][0];
  EXPECT_EQ(first["data"]["corpus_hash"], "c0ffee");
  EXPECT_EQ(first["data"]["unigram_perplexity"], 510.125);
  EXPECT_EQ(first["baseline"], "gru (sweep 1)");
  EXPECT_EQ(first["family"], 2);
  const Json& rnn = first["arms"][2];
  EXPECT_EQ(rnn["model.plugin"], "rnn");
  EXPECT_EQ(rnn["verdict"], "worse");
  EXPECT_NEAR(rnn["mean"].get<double>(), std::exp(4.54 / 3), 1e-9);
  EXPECT_NEAR(rnn["difference"].get<double>(), 4.21 / 3, 1e-9);
  EXPECT_NEAR(rnn["seeds"][1]["value"].get<double>(), std::exp(1.49), 1e-9);
  const Json& both = first["arms"][3];
  EXPECT_EQ(both["flags"], "sees_future");
  EXPECT_NEAR(both["causal_perplexity"].get<double>(), 31.25, 1e-9);  // a mean of logarithms, as every perplexity
  EXPECT_EQ(both["verdict"], nullptr);
  EXPECT_EQ(both["p"], nullptr);
  const Json& failed = all["tables"][1]["arms"][1]["seeds"][2];
  EXPECT_EQ(failed["status"], "failed");
  EXPECT_EQ(failed["value"], nullptr);
}

TEST_F(ComparisonPages, AsCsvEveryArmIsOneLine) {
  testing::add_cells(store);
  add_songs();
  const std::string text = page({{1, 2}, "", {}, ""}, Format::csv);
  EXPECT_THAT(text, ::testing::StartsWith("table,arm,sweeps,data.corpus,model.plugin,trials,n,mean,low,high,sd,causal_"
                                          "perplexity,unigram_perplexity,bigram_perplexity,best_epoch_min,best_epoch_"
                                          "max,tokens_per_second,parameters,flags,baseline,pairs,difference,"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 7);
  EXPECT_THAT(text, AllOf(HasSubstr("\n1,both ways,1,tang300,gru_both,3,3,"),
                          HasSubstr("\n2,gru (sweep 2),2,song100,gru,3,3,")));
}

TEST_F(ComparisonPages, AsADocument) {
  testing::add_cells(store);
  const std::string text = document({{1}, "", {}, ""});
  EXPECT_THAT(text,
              AllOf(HasSubstr("# Comparison: cells\n"), HasSubstr("## fortunes tang300, corpus c0ffee"),
                    HasSubstr("| arm | plugin | n | perplexity | 95% interval |"), HasSubstr("\n|---|---|---:|---:|"),
                    HasSubstr("| both ways | gru\\_both | 3 | \\*1.0013 |"), HasSubstr("| sees\\_future |"),
                    HasSubstr("Compared against gru (the best mean), seed by seed."),
                    HasSubstr("| 0.74 | not resolved |"), HasSubstr("- \\* sees\\_future: its outputs")));
  EXPECT_THAT(text,
              AllOf(HasSubstr("### Samples after “分开”\n\n| epoch | gru | lstm | rnn | both ways |\n|---:|"),
                    HasSubstr("| 2 | 分开\\|第 2 次，种子 4 | 分开\\|第 2 次，种子 1 |"), HasSubstr("\n| 3 | 分开")));
  EXPECT_THAT(
      text, AllOf(HasSubstr("| host | atlas |"), HasSubstr("| worker.libtorch | 1.13.1 |"), HasSubstr("| started | 2"),
                  Not(HasSubstr("/home/me")), HasSubstr("## Made by\n\n    runner compare 'both ways'\n")));
  EXPECT_EQ(document({{1}, "", {}, ""}), text) << "the same results give the same text";
}

TEST_F(ComparisonPages, ArmsWithoutACommonSeedSaySoAboveTheirSamples) {
  testing::SweepResults sweep;
  sweep.arms = {{"a", cell_config("a"), {{2, 1.5}, {3, 1.5}}, {}}, {"b", cell_config("b"), {{4, 1.5}}, {}}};
  testing::add_sweep(store, sweep);
  EXPECT_THAT(document({{1}, "", {}, ""}), HasSubstr("| epoch | a, seed 2 | b, seed 4 |"));
}

TEST(Markdown, MarkupStandsForItself) {
  EXPECT_EQ(markdown_text("a|b*c_<d>`[x](y)\n#"), "a\\|b\\*c\\_\\<d\\>\\`\\[x\\](y) \\#");
  std::ostringstream out;
  print_markdown_table(out, {{"name", "n", "text"}, {{"a", int64_t{1}, "1.5"}, {"b", {}, "2.5"}}}, {"text"});
  EXPECT_EQ(out.str(), "| name | n | text |\n|---|---:|---:|\n| a | 1 | 1.5 |\n| b | – | 2.5 |\n");
}

}  // namespace
}  // namespace runner::report
