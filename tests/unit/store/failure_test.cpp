// Disks that are full or fail, files and folders that cannot be written, files that are no database any more.
#include <gmock/gmock.h>

#include <fstream>

#include "faulty_files.h"
#include "results.h"
#include "tamper.h"
#include "unit/unprivileged.h"

namespace runner::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class FailureTest : public ::testing::Test {
 protected:
  std::string opening_error() {
    return message_of<EnvironmentError>([&] { store::Store store(file); });
  }

  std::string flushing_error(store::Store& store) {
    return message_of<EnvironmentError>([&] { store.flush(); });
  }

  int64_t metrics() { return integer(store::Reader(file).query("SELECT count(*) FROM metrics").rows[0][0]); }

  // A database with results, nobody's.
  void fill() {
    store::Store store(file);
    fill_depth(store);
  }

  TemporaryFolder folder;
  const fs::path file = folder.path() / "results.db";
};

class FailingDisk : public FailureTest {
 protected:
  FailingDisk() {
    store.create_sweep(depth_sweep());
    store.start_attempt(1, "atlas", 1);
    add_epochs(store, 1, 5);
    store.flush();
    add_epochs(store, 1, 10);
  }

  FaultyFiles disk;
  store::Store store{file};
};

TEST_F(FailingDisk, WithoutRoomSaysWhatToDoAndGoesOnOnceThereIsSome) {
  disk.write_error = ENOSPC;
  EXPECT_THAT(flushing_error(store), AllOf(HasSubstr("cannot write " + file.string()), HasSubstr("full"),
                                           HasSubstr("make room"), HasSubstr("the same command")));
  EXPECT_EQ(metrics(), 20) << "what was committed stays readable";
  disk.write_error = 0;
  store.flush();
  EXPECT_EQ(metrics(), 40);
}

TEST_F(FailingDisk, AFileThatMayNotGrowIsAsGoodAsAFullDisk) {
  disk.write_error = EFBIG;
  EXPECT_THAT(flushing_error(store), AllOf(HasSubstr("limit of file sizes"), HasSubstr("make room")));
}

TEST_F(FailingDisk, WithErrorsPointsToTheKernel) {
  disk.write_error = EIO;
  EXPECT_THAT(flushing_error(store), AllOf(HasSubstr("disk failed"), HasSubstr("dmesg")));
  EXPECT_EQ(metrics(), 20);
}

TEST_F(FailingDisk, AStateChangeThatCannotBeWrittenHasNotHappened) {
  disk.write_error = EIO;
  EXPECT_THROW(store.end_trial(1, store::TrialStatus::completed, "", {"completed", 0, ""}), EnvironmentError);
  disk.write_error = 0;
  EXPECT_EQ(text(store::Reader(file).query("SELECT status FROM trials WHERE trial_id = 1").rows[0][0]), "running");
  store.end_trial(1, store::TrialStatus::completed, "", {"completed", 0, ""});
  EXPECT_EQ(metrics(), 40);
}

TEST_F(FailureTest, AFileSystemWithoutSharedMemoryIsRefused) {
  FaultyFiles network;
  network.has_shared_memory = false;
  EXPECT_THAT(opening_error(), AllOf(HasSubstr(file.string()), HasSubstr("lacks shared memory"), HasSubstr("--db")));
}

TEST_F(FailureTest, AFolderThatCannotBeWrittenNeedsAnotherOne) {
  fs::permissions(folder.path(), fs::perms(0555));
  {
    const Unprivileged nobody;
    EXPECT_THAT(opening_error(), AllOf(HasSubstr("lock file"), HasSubstr("Permission denied"), HasSubstr("--db")));
  }
  fs::permissions(folder.path(), fs::perms(0755));
}

TEST_F(FailureTest, AFileThatCannotBeWrittenIsLeftAlone) {
  fill();
  fs::permissions(file, fs::perms(0444));
  fs::permissions(folder.path(), fs::perms(0777));
  fs::permissions(file.string() + "-lock", fs::perms(0666));
  fs::permissions(folder.path() / "results.files", fs::perms(0777));
  fs::permissions(folder.path() / "results.files" / "lock", fs::perms(0666));
  const std::string before = content_of(file);
  {
    const Unprivileged nobody;
    EXPECT_THAT(opening_error(), AllOf(HasSubstr("readonly"), HasSubstr("must be writable"), HasSubstr("--db")));
  }
  EXPECT_EQ(content_of(file), before);
}

TEST_F(FailureTest, ALockFileThatCannotBeWrittenSaysSo) {
  fs::create_directory(file.string() + "-lock");
  EXPECT_THAT(opening_error(), AllOf(HasSubstr("results.db-lock"), HasSubstr("Is a directory"), HasSubstr("--db")));
}

TEST_F(FailureTest, ATruncatedDatabaseIsRefusedWithTheDoctorsName) {
  fill();
  fs::resize_file(file, fs::file_size(file) / 2);
  EXPECT_THAT(opening_error(), AllOf(HasSubstr("malformed"), HasSubstr("runner doctor")));
  EXPECT_THAT(message_of<EnvironmentError>([&] { metrics(); }), HasSubstr("runner doctor"));
}

TEST_F(FailureTest, ADatabaseOfNonsenseIsRefusedAndLeftAlone) {
  std::string nonsense = "SQLite format 3";
  nonsense.resize(8192, '\xa5');
  std::ofstream(file, std::ios::binary) << nonsense;
  EXPECT_THAT(opening_error(), HasSubstr("runner doctor"));
  EXPECT_EQ(content_of(file), nonsense);
}

// SQLite's log belongs to the name by which a database was opened.
TEST_F(FailureTest, AFileWithTwoNamesIsRefused) {
  fill();
  fs::create_hard_link(file, folder.path() / "other.db");
  EXPECT_THAT(opening_error(), AllOf(HasSubstr("2 names"), HasSubstr("copy the file")));
  EXPECT_EQ(metrics(), 4 * (160 + 160 + 3)) << "reading does no harm";
}

TEST_F(FailureTest, AStatusThatNobodyKnowsIsNamed) {
  fill();
  tamper(file, "PRAGMA ignore_check_constraints = ON; UPDATE trials SET status = 'asleep' WHERE trial_id = 2");
  store::Store store(file);
  EXPECT_THAT(message_of<EnvironmentError>([&] { store.sweep(1); }),
              AllOf(HasSubstr(file.string()), HasSubstr("trial 2"), HasSubstr("\"asleep\"")));
}

TEST_F(FailureTest, ValuesThatAreNoJsonAreNamed) {
  fill();
  tamper(file, "UPDATE trials SET config = '{\"model\": ' WHERE trial_id = 3");
  store::Store store(file);
  EXPECT_THAT(message_of<EnvironmentError>([&] { store.sweep(1); }), HasSubstr("config of trial 3"));
}

TEST_F(FailureTest, JsonThatIsNestedWithoutEndIsRefused) {
  fill();
  tamper(file, "UPDATE sweeps SET environment = replace(hex(zeroblob(500000)), '0', '[')");
  store::Store store(file);
  EXPECT_THAT(message_of<EnvironmentError>([&] { store.sweep(1); }), HasSubstr("nested more than 64 levels deep"));
}

}  // namespace
}  // namespace runner::testing
