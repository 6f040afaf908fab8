// The verbs that read, from their words on the command line to what they print.
#include <gmock/gmock.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>

#include "common/paths.h"
#include "compared_sweeps.h"
#include "control/cli/best.h"
#include "control/cli/compare.h"
#include "control/cli/list.h"
#include "control/cli/logs.h"
#include "control/cli/query.h"
#include "control/cli/rm.h"
#include "control/cli/show.h"
#include "tamper.h"

namespace runner::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::message_of;
using ::testing::Not;
using ::testing::StartsWith;

class Verbs : public ::testing::Test {
 protected:
  // What the verb prints to standard output.
  std::string run(const std::string& words) {
    CLI::App app("runner");
    Action action;
    for (const auto add : {add_list, add_show, add_logs, add_best, add_compare, add_rm, add_query}) add(app, action);
    app.parse(words + " --db " + file.string());
    ::testing::internal::CaptureStdout();
    try {
      EXPECT_EQ(action(), ExitCode::success);
    } catch (...) {
      ::testing::internal::GetCapturedStdout();
      throw;
    }
    return ::testing::internal::GetCapturedStdout();
  }
  std::string refusal(const std::string& words) {
    return message_of<RequestError>([&] { run(words); });
  }
  void fill() {
    store::Store store(file);
    testing::fill_depth(store);
    store.create_sweep(testing::depth_sweep());
  }

  testing::TemporaryFolder folder;
  const fs::path file = folder.path() / "results.db";
};

TEST_F(Verbs, WithoutADatabaseEveryVerbNamesWhatMakesOne) {
  for (const char* words : {"list", "show", "show --trial 1", "logs 1", "best", "compare", "rm depth --yes", "query"}) {
    EXPECT_THAT(message_of<EnvironmentError>([&] { run(words); }),
                HasSubstr("runner sweep experiments/quickstart.yaml"))
        << words;
  }
  EXPECT_TRUE(fs::is_empty(folder.path())) << "asking leaves nothing behind";
}

TEST_F(Verbs, ListShowsTheNewestFirst) {
  fill();
  const std::string text = run("list");
  EXPECT_LT(text.find("waiting"), text.find("3/3"));
  EXPECT_THAT(text, AllOf(HasSubstr("3/3"), HasSubstr("0/3"), HasSubstr("perplexity")));
  EXPECT_THAT(run("list --limit 1"), HasSubstr("1 older sweeps: --limit 0 shows all"));
  const Json rows = Json::parse(run("list --json"));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1]["best"], 1.0 + 500.0 / 320);
  EXPECT_EQ(rows[1]["failed"], 1);
  EXPECT_EQ(rows[0]["best"], nullptr);
  EXPECT_THAT(run("list --csv"),
              StartsWith("sweep,name,status,done,trials,failed,metric,best,started_at,ended_at,seconds\r\n2,"));
}

TEST_F(Verbs, ListOfAnEmptyDatabaseIsAnEmptyTable) {
  { store::Store store(file); }
  EXPECT_THAT(run("list"), StartsWith("sweep  name"));
  EXPECT_EQ(run("list --json"), "[]\n");
}

TEST_F(Verbs, ShowTakesASweepByNumberNameOrNone) {
  fill();
  EXPECT_THAT(run("show"), HasSubstr("sweep 2  depth: waiting"));
  EXPECT_THAT(run("show 1"), HasSubstr("sweep 1  depth: failed"));
  EXPECT_THAT(run("show depth"), HasSubstr("sweep 2"));
  EXPECT_EQ(run("show 1 --experiment"), "name: depth\n");
  EXPECT_THAT(run("show --trial 2"), HasSubstr("trial 2  num_layers=2: completed"));
  EXPECT_THAT(refusal("show width"), HasSubstr("no sweep width"));
  EXPECT_THROW(run("show 1 --trial 2"), CLI::ExcludesError);
}

TEST_F(Verbs, LogsPrintsTheTrialsLog) {
  fill();
  const fs::path log = trial_folder(file, 1) / "log.txt";
  fs::create_directories(log.parent_path());
  std::ofstream(log) << "loading\nepoch 1\n";
  EXPECT_EQ(run("logs 1"), "loading\nepoch 1\n");
  std::ofstream{log};
  EXPECT_EQ(run("logs 1"), "");
  EXPECT_THAT(message_of<EnvironmentError>([&] { run("logs 2"); }), HasSubstr("results.files/2/log.txt"));
  EXPECT_THAT(refusal("logs 77"), HasSubstr("no trial 77"));
}

TEST_F(Verbs, BestIsByTheSweepsMetric) {
  fill();
  EXPECT_THAT(run("best 1"), AllOf(HasSubstr("num_layers=2"), HasSubstr("2.5625"), HasSubstr("model.num_layers")));
  const Json rows = Json::parse(run("best 1 --json"));
  EXPECT_EQ(rows[0]["trial"], 2);
  EXPECT_EQ(rows[0]["epoch"], 160);
  EXPECT_THAT(refusal("best 2"), AllOf(HasSubstr("no completed trial"), HasSubstr("3 waiting")));
}

TEST_F(Verbs, BestLeavesOutWhatSeesTheFutureAndSaysSo) {
  fill();
  {
    store::Store store(file);
    testing::flag_future(store, 2, 31.25);
  }
  ::testing::internal::CaptureStderr();
  const Json rows = Json::parse(run("best 1 --json"));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "left out, being flagged sees_future: trial 2\n");
  EXPECT_EQ(rows[0]["trial"], 1);
  EXPECT_EQ(rows[0]["unigram"], 510.125);
  EXPECT_THAT(run("list"), AllOf(HasSubstr("  4.125  "), HasSubstr("\nbest leaves out trials that are flagged")));
  EXPECT_EQ(Json::parse(run("list --json"))[1]["best"], 4.125);
  store::Store(file).set_flag(1, store::kStuckAtUnigram, true);
  EXPECT_THAT(run("best 1"), AllOf(HasSubstr("stuck_at_unigram"), HasSubstr("\nstuck_at_unigram: its perplexity")));
}

TEST_F(Verbs, WhereEverythingSeesTheFutureThereIsNoBest) {
  fill();
  {
    store::Store store(file);
    for (const int64_t trial : {1, 2}) testing::flag_future(store, trial, 31.25);
  }
  EXPECT_THAT(refusal("best 1"), AllOf(HasSubstr("(1, 2) is flagged sees_future"), HasSubstr("`runner show 1`")));
  EXPECT_THAT(run("list"), AllOf(HasSubstr("  *2.5625  "), HasSubstr("\n* sees_future: ")));
  EXPECT_EQ(Json::parse(run("list --json"))[1]["best"], nullptr);
}

TEST_F(Verbs, BestAsYamlIsAnExperimentOfItsOwn) {
  fill();
  const std::string yaml = run("best 1 --yaml");
  EXPECT_THAT(yaml, AllOf(HasSubstr("name: depth-trial-2\n"), HasSubstr("num_layers: 2"), HasSubstr("seed: 1")));
  EXPECT_THROW(run("best 1 --yaml --json"), CLI::ExcludesError);
}

TEST_F(Verbs, CompareTakesSweepsByNumberNameOrNone) {
  {
    store::Store store(file);
    testing::add_cells(store);
    testing::fill_depth(store);
  }
  EXPECT_THAT(run("compare"), HasSubstr("sweep 2 (depth)"));
  EXPECT_THAT(run("compare cells"), HasSubstr("sweep 1 (cells)\n"));
  EXPECT_THAT(run("compare 1 cells depth"), HasSubstr("sweep 1 (cells), sweep 2 (depth)\n"));
  EXPECT_THAT(run("compare 1 --baseline rnn"), HasSubstr("against rnn (as asked)"));
  EXPECT_THAT(run("compare 1 --metric loss --goal maximize 2"), HasSubstr("loss at the last epoch, larger is better"));
  EXPECT_THAT(refusal("compare 1 --baseline gur"), HasSubstr("did you mean \"gru\"?"));
  EXPECT_THAT(refusal("compare 7"), HasSubstr("no sweep 7"));
  EXPECT_THROW(run("compare --goal smallest"), CLI::ValidationError);
}

TEST_F(Verbs, CompareForProgramsAndIntoFiles) {
  {
    store::Store store(file);
    testing::add_cells(store);
  }
  EXPECT_EQ(Json::parse(run("compare --json"))["tables"].size(), 1u);
  EXPECT_EQ(run("compare --format csv"), run("compare --csv"));
  EXPECT_THAT(run("compare --format md -o -"), StartsWith("# Comparison: cells\n"));
  EXPECT_THROW(run("compare --format md --json"), CLI::ExcludesError);
  const std::string target = (folder.path() / "report.md").string();
  EXPECT_EQ(run("compare --format md -o " + target), "");
  std::stringstream written;
  written << std::ifstream(target).rdbuf();
  EXPECT_EQ(written.str(), run("compare --format md"));
  EXPECT_THAT(refusal("compare --csv -o " + target), AllOf(HasSubstr("report.md exists"), HasSubstr("--force")));
  EXPECT_EQ(run("compare --csv --force -o " + target), "");
  std::string header;
  std::getline(std::ifstream(target), header);
  EXPECT_THAT(header, StartsWith("table,arm,sweeps,"));
  EXPECT_THAT(refusal("compare --force -o " + folder.path().string()), HasSubstr("no ordinary file"));
  EXPECT_THAT(message_of<EnvironmentError>([&] { run("compare -o " + target + "/x.md"); }), HasSubstr("cannot write"));
  EXPECT_THROW(run("compare --force"), CLI::RequiresError);
  const auto is_leftover = [](const auto& entry) { return entry.path().filename().string().find("report.md.") == 0; };
  EXPECT_EQ(std::count_if(fs::directory_iterator(folder.path()), {}, is_leftover), 0);
}

TEST_F(Verbs, RmRemovesRowsAndFoldersAndNamesThem) {
  fill();
  for (const int64_t trial : {1, 2, 4}) fs::create_directories(trial_folder(file, trial) / "deep");
  EXPECT_EQ(run("rm 1 1 --yes"), "removed sweep 1 (depth) with 3 trials\n");
  EXPECT_FALSE(fs::exists(trial_folder(file, 1)));
  EXPECT_FALSE(fs::exists(trial_folder(file, 2)));
  EXPECT_TRUE(fs::exists(trial_folder(file, 4)));
  EXPECT_EQ(Json::parse(run("list --json")).size(), 1u);
}

TEST_F(Verbs, RmNamesSweepsAsATerminalCanShowThem) {
  fill();
  testing::tamper(file, "UPDATE sweeps SET name = char(27)");
  EXPECT_EQ(run("rm 1 --yes"), "removed sweep 1 (\\x1b) with 3 trials\n");
}

TEST_F(Verbs, RmAsksForConsentAndForExistingSweeps) {
  fill();
  EXPECT_THAT(refusal("rm 1"), HasSubstr("--yes"));
  EXPECT_THAT(refusal("rm 1 nonsense --yes"), HasSubstr("no sweep nonsense"));
  EXPECT_EQ(Json::parse(run("list --json")).size(), 2u);
  EXPECT_THROW(run("rm --yes"), CLI::RequiredError);
}

TEST_F(Verbs, RmDoesNotTouchWhatIsBeingWritten) {
  fill();
  const store::Store writer(file);
  EXPECT_THAT(message_of<EnvironmentError>([&] { run("rm 1 --yes"); }), HasSubstr("is being written"));
}

TEST_F(Verbs, QueryAnswersOrListsTheTables) {
  fill();
  EXPECT_EQ(run("query \"SELECT count(*) AS n FROM trials\" --csv"), "n\r\n6\r\n");
  EXPECT_THAT(run("query"), AllOf(HasSubstr("trial_summary"), HasSubstr("view"),
                                  HasSubstr("trial_id, epoch, name, value"), Not(HasSubstr("sqlite_"))));
  const Json tables = Json::parse(run("query --json"));
  EXPECT_EQ(tables.size(), 8u);
  EXPECT_EQ(tables[1]["name"], "trials");
  EXPECT_EQ(tables[1]["rows"], 6);
  EXPECT_THAT(refusal("query \"DELETE FROM trials\""), HasSubstr("only read"));
}

TEST_F(Verbs, QueryCountsNoRowsOfViews) {
  fill();
  testing::tamper(
      file, "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n");
  for (const Json& relation : Json::parse(run("query --json"))) {
    EXPECT_EQ(relation["rows"].is_null(), relation["type"] == "view") << relation;
  }
}

}  // namespace
}  // namespace runner::cli
