// Sweeps whose database cannot be written, is written by somebody else, or is called by another name.
#include <gmock/gmock.h>

#include <map>

#include "control/schedule/data_cache.h"
#include "control/store/lock.h"
#include "runner_program.h"
#include "small_disk.h"
#include "unit/store/tamper.h"

namespace runner::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Long enough to be in the middle of it when the disk is full.
constexpr const char* kExperiment = R"(
name: small
data: {plugin: text, path: text.txt, num_steps: 5, batch_size: 4}
model: {plugin: rnn, hidden_size: 8}
train: {epochs: 400, optimizer: {name: adam, lr: 0.01}, device: cpu}
samples: {every: 1, length: 9, prefixes: [ab]}
sweep: {seeds: [1, 2]}
)";

class StorageTest : public ::testing::Test {
 protected:
  StorageTest() {
    runner_.write("text.txt", small_text(600));
    experiment_ = runner_.write("small.yaml", kExperiment).string();
  }

  CapturedRun sweep(const fs::path& database, const std::vector<std::string>& further = {}) {
    std::vector<std::string> words = {"sweep", experiment_, "--db", database.string(), "--jobs", "2"};
    words.insert(words.end(), further.begin(), further.end());
    return runner_.run(words);
  }

  // The only value of a query's answer.
  std::string value(const fs::path& database, const std::string& sql) {
    const CapturedRun run = runner_.run({"query", "--csv", sql, "--db", database.string()});
    EXPECT_EQ(run.status.code, 0) << run.errors;
    return run.output.substr(run.output.find('\n') + 1);
  }

  // The sweep has ended because nothing could be written, with a sentence that tells why and what to do; what was
  // committed is there.
  void expect_end_without_room(const CapturedRun& run, const fs::path& database) {
    EXPECT_EQ(run.status.code, 3) << run.errors;
    EXPECT_THAT(run.errors, AllOf(HasSubstr("cannot write " + database.string()), HasSubstr("make room"),
                                  HasSubstr("the same command"), Not(HasSubstr("unexpected error"))));
    EXPECT_EQ(runner_.run({"list", "--db", database.string()}).status.code, 0);
    EXPECT_EQ(value(database, "PRAGMA integrity_check"), "ok\r\n");
  }

  void expect_completion(const fs::path& database) {
    const CapturedRun run = sweep(database);
    EXPECT_EQ(run.status.code, 0) << run.errors;
    EXPECT_EQ(value(database, "SELECT count(*) FROM trials WHERE status = 'completed' AND epochs_done = 400"), "2\r\n");
    EXPECT_EQ(value(database, "SELECT count(*) FROM metrics WHERE name = 'perplexity'"), "800\r\n");
    EXPECT_EQ(value(database, "SELECT count(*) FROM attempts WHERE outcome IS NULL"), "0\r\n");
  }

  RunnerProgram runner_;
  std::string experiment_;
};

TEST_F(StorageTest, AFullDiskEndsTheSweepAndTheSameCommandGoesOnOnceThereIsRoom) {
  const fs::path folder = runner_.folder() / "disk";
  fs::create_directory(folder);
  const SmallDisk disk(folder, 400);
  if (!disk.is_there()) GTEST_SKIP() << "this process may not mount a file system";
  const fs::path database = folder / "results.db";
  const CapturedRun run = sweep(database);
  EXPECT_THAT(run.errors, AllOf(HasSubstr("GiB free"), HasSubstr("there is little room")));
  expect_end_without_room(run, database);
  EXPECT_THAT(runner_.run({"logs", "1", "--db", database.string()}).output, HasSubstr("attempt 1"));
  ASSERT_TRUE(disk.resize(65536));
  expect_completion(database);
}

TEST_F(StorageTest, ALimitOnTheSizeOfFilesEndsTheSweepAndItsTrialsAreAskedToLeave) {
  runner_.write("text.txt", small_text(3000));  // on a busy machine, too, a trial outlives the first writes that fail
  const fs::path database = runner_.database();
  SpawnRequest request = runner_.request({"sweep", experiment_, "--jobs", "2"});
  request.argv.insert(request.argv.begin(), {"/bin/sh", "-c", "ulimit -f 400; exec \"$0\" \"$@\""});
  expect_end_without_room(run_and_capture(request), database);
  EXPECT_THAT(runner_.run({"logs", "1"}).output, HasSubstr("interrupted"));
  EXPECT_EQ(value(database, "SELECT status FROM sweeps"), "running\r\n") << "that could not be written";
  EXPECT_THAT(runner_.run({"list"}).output, HasSubstr("interrupted"));
  expect_completion(database);
}

TEST_F(StorageTest, AReadOnlyDiskIsToldOfBeforeTheRun) {
  const fs::path folder = runner_.folder() / "disk";
  fs::create_directory(folder);
  const SmallDisk disk(folder, 8192);
  if (!disk.is_there()) GTEST_SKIP() << "this process may not mount a file system";
  const fs::path database = folder / "results.db";
  ASSERT_EQ(sweep(database, {"train.epochs=2"}).status.code, 0);
  ASSERT_TRUE(disk.make_read_only(true));
  const CapturedRun run = sweep(database, {"train.epochs=2", "--fresh"});
  EXPECT_EQ(run.status.code, 3);
  EXPECT_THAT(run.errors, AllOf(HasSubstr("Read-only file system"), HasSubstr("--db")));
  EXPECT_EQ(value(database, "SELECT count(*) FROM sweeps"), "1\r\n");
  ASSERT_TRUE(disk.make_read_only(false));
  EXPECT_EQ(sweep(database, {"train.epochs=2", "--fresh"}).status.code, 0);
}

TEST_F(StorageTest, ADatabaseHasOneLockWhateverItIsCalled) {
  const fs::path real = runner_.folder() / "real";
  fs::create_directory(real);
  fs::create_directory_symlink("real", runner_.folder() / "linked");
  fs::create_symlink("real/results.db", runner_.folder() / "link.db");
  const store::WriterLock lock(real / "results.db");
  const std::string us = "process " + std::to_string(getpid());
  for (const char* name : {"linked/results.db", "link.db", "linked/../real/results.db"}) {
    const CapturedRun run = sweep(runner_.folder() / name, {"train.epochs=1"});
    EXPECT_EQ(run.status.code, 3) << name;
    EXPECT_THAT(run.errors, AllOf(HasSubstr((real / "results.db").string() + " is being written by " + us))) << name;
  }
}

TEST_F(StorageTest, FilesLieBesideTheDatabaseThatALinkLeadsTo) {
  const fs::path real = runner_.folder() / "real";
  fs::create_directory(real);
  fs::create_symlink("real/results.db", runner_.folder() / "link.db");
  ASSERT_EQ(sweep(runner_.folder() / "link.db", {"train.epochs=1"}).status.code, 0);
  EXPECT_TRUE(fs::exists(real / "results.files" / "1" / "weights.safetensors"));
  EXPECT_FALSE(fs::exists(runner_.folder() / "link.files"));
  EXPECT_EQ(runner_.run({"sample", "1", "--db", (real / "results.db").string()}).status.code, 0);
}

// Two runners that are about to make the same database prepare at the same time; one of them gets the lock.
TEST_F(StorageTest, TheSecondOfTwoThatMakeADatabaseIsRefusedAndLeavesTheFirstOnesCache) {
  const store::WriterLock lock(runner_.database());
  const schedule::DataCache first(runner_.database());
  std::ofstream(fs::path(first.folder()) / "text") << "x";
  const CapturedRun second = sweep(runner_.database(), {"train.epochs=1"});
  EXPECT_EQ(second.status.code, 3);
  EXPECT_THAT(second.errors, HasSubstr("process " + std::to_string(getpid())));
  EXPECT_TRUE(fs::exists(fs::path(first.folder()) / "text"));
  EXPECT_FALSE(fs::exists(runner_.database()));
}

TEST_F(StorageTest, ADatabaseThatCannotBeLookedAtIsNotTakenForOneThatIsGone) {
  const std::map<std::string, fs::path> databases = {
      {"File name too long", runner_.folder() / (std::string(300, 'x') + ".db")},
      {"Not a directory", runner_.write("file", "text") / "results.db"}};
  for (const auto& [reason, database] : databases) {
    const std::string sentence = "cannot look at " + database.string() + ": " + reason + "; every folder on the way";
    const std::string name = database.string();
    for (const CapturedRun& run : {sweep(database), runner_.run({"list", "--db", name}), runner_.run({"doctor", name}),
                                   runner_.run({"resume", "--db", name})}) {
      EXPECT_EQ(run.status.code, 3);
      EXPECT_THAT(run.errors, AllOf(HasSubstr(sentence), Not(HasSubstr("unexpected error"))));
    }
  }
}

TEST_F(StorageTest, ResumeAndRmBringADatabaseOfAnOlderRunnerUpToDate) {
  ASSERT_EQ(sweep(runner_.database(), {"train.epochs=1"}).status.code, 0);
  for (const std::vector<std::string>& verb : std::vector<std::vector<std::string>>{{"resume"}, {"rm", "1", "--yes"}}) {
    make_older(runner_.database());
    const CapturedRun refused = runner_.run({"list"});
    EXPECT_EQ(refused.status.code, 3);
    EXPECT_THAT(refused.errors, HasSubstr("the next `runner sweep` or `runner resume` brings it up to date"));
    const CapturedRun run = runner_.run(verb);
    EXPECT_EQ(run.status.code, 0) << run.errors;
    EXPECT_EQ(value(runner_.database(), "PRAGMA user_version"), "2\r\n") << verb[0];
  }
  EXPECT_EQ(value(runner_.database(), "SELECT count(*) FROM sweeps"), "0\r\n");
}

TEST_F(StorageTest, AQueryWithoutEndIsEndedByCtrlC) {
  ASSERT_EQ(sweep(runner_.database(), {"train.epochs=1"}).status.code, 0);
  ChildProcess query(runner_.request(
      {"query", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"}));
  // Not before it has begun: until then Ctrl-C ends the process itself.
  const auto blocks_signals = [&] {
    std::ifstream status("/proc/" + std::to_string(query.pid()) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.rfind("SigBlk:", 0) == 0) return std::stoull(line.substr(7), nullptr, 16) != 0;
    }
    return false;
  };
  while (!blocks_signals()) sched_yield();
  query.kill(SIGINT);
  EXPECT_EQ(query.wait().code, 130);
}

TEST_F(StorageTest, AForeignDatabaseIsReadWithErrorsAndNotWithCrashes) {
  ASSERT_EQ(sweep(runner_.database(), {"train.epochs=1"}).status.code, 0);
  const std::vector<std::string> changes = {"UPDATE trials SET config = '[1'",
                                            "UPDATE trials SET config = '[]'",
                                            "UPDATE trials SET config = x'ff00'",
                                            "UPDATE sweeps SET environment = '3'",
                                            "UPDATE sweeps SET environment = '{\"overrides\": 4}'",
                                            "UPDATE sweeps SET varied = '{}'",
                                            "UPDATE sweeps SET varied = 'x'"};
  for (const std::string& change : changes) {
    fs::copy_file(runner_.database(), runner_.folder() / "foreign.db", fs::copy_options::overwrite_existing);
    tamper(runner_.folder() / "foreign.db", change);
    for (const char* verb : {"list", "show", "best", "compare", "resume", "sample"}) {
      const CapturedRun run = runner_.run({verb, "--db", (runner_.folder() / "foreign.db").string()});
      EXPECT_EQ(run.status.signal, 0) << verb << " after " << change;
      EXPECT_THAT(run.errors, Not(HasSubstr("unexpected error"))) << verb << " after " << change;
    }
  }
}

}  // namespace
}  // namespace runner::testing
