#include "control/store/lock.h"

#include <gmock/gmock.h>

#include <fstream>

#include "common/paths.h"
#include "results.h"

namespace runner::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class LockTest : public ::testing::Test {
 protected:
  std::string refusal(const fs::path& database) {
    return message_of<EnvironmentError>([&] { store::WriterLock lock(database); });
  }

  TemporaryFolder folder;
  const fs::path file = folder.path() / "results.db";
  const std::string us = "process " + std::to_string(getpid()) + " on host " + host_name();
};

TEST_F(LockTest, NamesItsHolderToOthersAndToReaders) {
  EXPECT_EQ(store::writer_of(file), "");
  {
    const store::WriterLock lock(file);
    EXPECT_EQ(store::writer_of(file), us);
    EXPECT_THAT(refusal(file), AllOf(HasSubstr(file.string() + " is being written by " + us), HasSubstr("--db")));
    EXPECT_EQ(store::writer_of(file), us) << "a refused process changes nothing";
  }
  EXPECT_EQ(store::writer_of(file), "");
  const store::WriterLock again(file);
}

// The number of a process that died is given to another one, sooner or later.
TEST_F(LockTest, WhatADeadProcessWroteIsNoObstacleThoughItsNumberLives) {
  std::ofstream(file.string() + "-lock") << getpid() << " " << host_name() << "\n";
  EXPECT_FALSE(store::has_writer(file));
  const store::WriterLock lock(file);
}

TEST_F(LockTest, OneFolderOfFilesHasOneWriter) {
  const store::WriterLock lock(file);
  EXPECT_THAT(refusal(folder.path() / "results"), AllOf(HasSubstr("results.files is being written by"), HasSubstr(us)));
  fs::create_directory_symlink("results.files", folder.path() / "other.files");
  EXPECT_THAT(refusal(folder.path() / "other.db"), AllOf(HasSubstr("other.files"), HasSubstr(us)));
  const store::WriterLock third(folder.path() / "third.db");
}

TEST_F(LockTest, AFileOfSeveralNamesHasNoWriter) {
  std::ofstream{file};
  fs::create_hard_link(file, folder.path() / "other.db");
  for (const fs::path& name : {file, folder.path() / "other.db"}) {
    EXPECT_THAT(refusal(name), AllOf(HasSubstr(name.string() + " is one of 2 names"), HasSubstr("copy the file")));
    EXPECT_FALSE(fs::exists(name.string() + "-lock"));
    EXPECT_FALSE(fs::exists(files_folder(name)));
  }
}

TEST_F(LockTest, ALinkInThePlaceOfTheLockIsNotFollowed) {
  std::ofstream(folder.path() / "precious") << "text";
  fs::create_symlink("precious", file.string() + "-lock");
  EXPECT_THAT(refusal(file), HasSubstr("results.db-lock"));
  EXPECT_FALSE(store::has_writer(file));
  EXPECT_EQ(fs::file_size(folder.path() / "precious"), 4u);
}

}  // namespace
}  // namespace runner::testing
