#include "control/store/health.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <fstream>
#include <iterator>
#include <map>

#include "common/paths.h"
#include "control/store/schema.h"
#include "results.h"
#include "tamper.h"

namespace runner::testing {
namespace {

namespace fs = std::filesystem;
using store::Treatment;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class HealthTest : public ::testing::Test {
 protected:
  HealthTest() {
    store::Store store(file);
    fill_depth(store);
  }

  std::map<std::string, Check> examine(Treatment treatment) {
    std::map<std::string, Check> checks;
    for (const Check& check : store::examine_database(file, treatment)) checks[check.name] = check;
    return checks;
  }

  int64_t count(const std::string& sql) {
    return integer(store::Reader(file).query("SELECT count(*) FROM " + sql).rows[0][0]);
  }

  // As a runner leaves it that is killed in the middle of a trial.
  void leave_a_trial_running() {
    tamper(file,
           "UPDATE sweeps SET status = 'running'; UPDATE trials SET status = 'running' WHERE trial_id = 3;"
           "UPDATE attempts SET outcome = NULL, ended_at = NULL WHERE trial_id = 3");
  }

  // A sweep that one index does not know, because the index was another one when it came.
  void damage_an_index() {
    const std::string edit = "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = ";
    const std::string real = "'CREATE INDEX sweeps_by_name ON sweeps (name, config_hash)'";
    tamper(file, edit +
                     "'CREATE INDEX sweeps_by_name ON sweeps (name, config_hash) WHERE name = ''nobody''' "
                     "WHERE name = 'sweeps_by_name'");
    { store::Store(file).create_sweep(depth_sweep()); }
    tamper(file, edit + real + " WHERE name = 'sweeps_by_name'");
  }

  TemporaryFolder folder;
  const fs::path file = folder.path() / "results.db";
};

TEST_F(HealthTest, ASoundDatabaseIsSound) {
  EXPECT_EQ(store::check_schema(file).state, CheckState::ok);
  EXPECT_THAT(store::examine_database(file, Treatment::none), Each(Field(&Check::state, CheckState::ok)));
  EXPECT_THAT(store::examine_database(file, Treatment::repair), Each(Field(&Check::state, CheckState::ok)));
}

TEST_F(HealthTest, WhatADeadRunnerLeftRunningBecomesInterrupted) {
  leave_a_trial_running();
  Check check = examine(Treatment::none).at("unfinished");
  EXPECT_EQ(check.state, CheckState::error);
  EXPECT_EQ(check.found, "1 sweep, 1 trial, 1 attempt");
  EXPECT_EQ(examine(Treatment::none_of_living).at("unfinished").state, CheckState::ok) << "its runner lives";
  EXPECT_EQ(count("trials WHERE status = 'running'"), 1) << "nothing was repaired yet";
  EXPECT_EQ(examine(Treatment::repair).at("unfinished").state, CheckState::repaired);
  EXPECT_EQ(count("trials WHERE status = 'interrupted'"), 1);
  EXPECT_EQ(count("sweeps WHERE status = 'interrupted'"), 1);
  EXPECT_EQ(count("attempts WHERE outcome = 'interrupted'"), 1);
  EXPECT_EQ(examine(Treatment::none).at("unfinished").state, CheckState::ok);
}

TEST_F(HealthTest, AnAttemptThatNobodyEndedIsEnded) {
  tamper(file, "UPDATE attempts SET outcome = NULL WHERE trial_id = 1");
  EXPECT_EQ(examine(Treatment::repair).at("unfinished").state, CheckState::repaired);
  EXPECT_EQ(count("attempts WHERE outcome IS NULL"), 0);
  EXPECT_EQ(count("trials WHERE status = 'completed'"), 2) << "its trial is as it was";
}

TEST_F(HealthTest, IndexesAreRebuiltWhenOnlyTheyAreDamaged) {
  damage_an_index();
  const Check check = examine(Treatment::none).at("integrity");
  EXPECT_EQ(check.state, CheckState::error);
  EXPECT_THAT(check.found, HasSubstr("sweeps_by_name"));
  EXPECT_THAT(check.advice, HasSubstr("without --dry-run"));
  EXPECT_EQ(examine(Treatment::repair).at("integrity").state, CheckState::repaired);
  EXPECT_EQ(examine(Treatment::none).at("integrity").state, CheckState::ok);
  EXPECT_EQ(store::Store(file).find_sweep("depth", "hash-of-depth")->sweep_id, 2);
}

TEST_F(HealthTest, WhatElseIsDamagedIsLeftAloneAndSqliteCanSaveSomeOfIt) {
  leave_a_trial_running();
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(static_cast<std::streamoff>(fs::file_size(file)) - 5000);
  stream << std::string(4000, '\x5a');
  stream.close();
  fs::copy_file(file, file.string() + ".before");
  std::ofstream(file.string() + "-wal") << "of another file";
  const auto checks = examine(Treatment::repair);
  EXPECT_EQ(bytes_of(file), bytes_of(file.string() + ".before"));
  EXPECT_EQ(checks.at("integrity").state, CheckState::error);
  EXPECT_THAT(checks.at("integrity").advice,
              AllOf(HasSubstr("sqlite3 '" + file.string() + "' .dump"),
                    HasSubstr("`mv '" + files_folder(file).string() + "' saved.files`")));
  EXPECT_EQ(checks.at("unfinished").state, CheckState::error) << "a damaged file is not written";
}

TEST_F(HealthTest, ATruncatedDatabaseIsToldOfBeforeAnythingElse) {
  fs::resize_file(file, fs::file_size(file) / 2);
  EXPECT_EQ(store::check_schema(file).state, CheckState::error);
  EXPECT_THAT(store::check_schema(file).advice, HasSubstr(".dump"));
  EXPECT_EQ(examine(Treatment::repair).at("integrity").state, CheckState::error);
}

TEST_F(HealthTest, WithoutItsBeginningNothingCanBeSaved) {
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary) << "garbage garbage!";
  EXPECT_EQ(store::check_schema(file).state, CheckState::error);
  EXPECT_THAT(store::check_schema(file).advice, AllOf(HasSubstr("go back to a copy"), Not(HasSubstr(".dump"))));
}

// What .dump makes of a database whose list of tables is damaged.
TEST_F(HealthTest, WithoutTablesItIsNoResultsDatabase) {
  const fs::path saved = folder.path() / "saved.db";
  tamper(saved, store::identity_statements(store::schema_version()));
  EXPECT_THAT(store::check_schema(saved).advice, HasSubstr("a results database without tables"));
  EXPECT_THROW(store::Store{saved}, EnvironmentError);
}

TEST_F(HealthTest, ADatabaseOfANewerRunnerOrAnotherProgramIsNotExamined) {
  tamper(file, "PRAGMA user_version = 7");
  EXPECT_THAT(store::check_schema(file).advice, HasSubstr("newer runner"));
  tamper(file, "PRAGMA application_id = 7");
  EXPECT_THAT(store::check_schema(file).advice, HasSubstr("another program"));
}

TEST_F(HealthTest, OfAnOlderDatabaseOnlyPagesAndIndexesAreExamined) {
  damage_an_index();
  make_older(file);
  const Check schema = store::check_schema(file);
  EXPECT_EQ(schema.state, CheckState::warning);
  EXPECT_EQ(schema.found, "version 1 of 2");
  EXPECT_THAT(schema.advice, HasSubstr("the next `runner sweep` or `runner resume` brings it up to date"));
  EXPECT_EQ(examine(Treatment::none).at("integrity").state, CheckState::error);
  const auto checks = examine(Treatment::repair);
  EXPECT_EQ(checks.at("integrity").state, CheckState::repaired);
  EXPECT_EQ(checks.size(), 1u);
  EXPECT_EQ(store::check_schema(file).found, "version 1 of 2");
  EXPECT_EQ(store::Store(file).find_sweep("depth", "hash-of-depth")->sweep_id, 2);
}

TEST_F(HealthTest, RowsThatBelongToNothingAreCounted) {
  tamper(file, "INSERT INTO metrics VALUES (99, 1, 'loss', 0.5), (99, 2, 'loss', 0.5)");
  const Check check = examine(Treatment::repair).at("references");
  EXPECT_EQ(check.state, CheckState::error);
  EXPECT_THAT(check.found, HasSubstr("2 of metrics"));
}

TEST_F(HealthTest, ColumnsThatAreNoJsonAreCounted) {
  tamper(file, "UPDATE trials SET config = '{'; UPDATE sweeps SET varied = 'x'");
  const Check check = examine(Treatment::repair).at("json");
  EXPECT_EQ(check.state, CheckState::error);
  EXPECT_THAT(check.found, AllOf(HasSubstr("3 rows of trials.config"), HasSubstr("1 row of sweeps.varied")));
}

TEST_F(HealthTest, ALogThatWasLeftGoesIntoTheFile) {
  const pid_t child = fork();
  if (child == 0) {
    store::Store store(file);
    store.create_sweep(depth_sweep());
    raise(SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_THAT(examine(Treatment::none).at("log").found, HasSubstr("KiB beside the file"));
  EXPECT_EQ(examine(Treatment::repair).at("log").state, CheckState::repaired);
  EXPECT_EQ(examine(Treatment::none).at("log").found, "empty");
  EXPECT_EQ(count("sweeps"), 2);
}

}  // namespace
}  // namespace runner::testing
