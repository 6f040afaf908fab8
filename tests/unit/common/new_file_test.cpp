// Files that appear whole or not at all.
#include "common/new_file.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "common/error.h"
#include "unit/temporary_folder.h"

namespace runner {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class NewFileTest : public ::testing::Test {
 protected:
  std::string content() const {
    std::ifstream in(target_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  long files() const { return std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()); }

  testing::TemporaryFolder folder_;
  const fs::path target_ = folder_.path() / "target";
};

TEST_F(NewFileTest, ReplacesTheTargetWhenItIsFinished) {
  std::ofstream(target_) << "before";
  {
    NewFile file(target_);
    file.write("af");
    file.write("ter");
    EXPECT_EQ(content(), "before");
    file.finish();
  }
  EXPECT_EQ(content(), "after");
  EXPECT_EQ(files(), 1);
}

TEST_F(NewFileTest, LeavesNothingWhenItIsNot) {
  { NewFile(target_).write("half"); }
  EXPECT_EQ(files(), 0);
}

TEST_F(NewFileTest, WhatAKilledProcessLeftCanBeRemoved) {
  for (const char* name : {"target", "target.new-a1B2c3", "target.backup", "other.new-a1B2c3"})
    std::ofstream(folder_.path() / name);
  remove_unfinished(folder_.path());
  EXPECT_TRUE(fs::exists(target_));
  EXPECT_TRUE(fs::exists(folder_.path() / "target.backup"));
  EXPECT_EQ(files(), 2);
}

TEST_F(NewFileTest, IsAsReadableAsOtherFiles) {
  const mode_t mask = umask(027);
  NewFile(target_).finish();
  umask(mask);
  EXPECT_EQ(fs::status(target_).permissions(), fs::perms(0640));
}

TEST_F(NewFileTest, LeavesTheTargetAloneWhenTheDiskTakesNoMore) {
  std::ofstream(target_) << "before";
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{10, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(NewFile(target_).write(std::string(11, 'x')), EnvironmentError);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(content(), "before");
  EXPECT_EQ(files(), 1);
}

TEST_F(NewFileTest, SaysWhichFileCannotBeWritten) {
  const fs::path lost = folder_.path() / "missing" / "target";
  try {
    NewFile file(lost);
    FAIL() << "there is no such folder";
  } catch (const EnvironmentError& error) {
    EXPECT_THAT(error.what(), HasSubstr(lost.string() + ": No such file"));
  }
}

}  // namespace
}  // namespace runner
