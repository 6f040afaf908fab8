#include "control/schedule/data_cache.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "unit/recorded_syncs.h"

namespace runner::schedule {
namespace {
namespace fs = std::filesystem;

class DataCacheTest : public ::testing::Test {
 protected:
  DataCacheTest() {
    std::string name = (fs::temp_directory_path() / "runner-cache-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~DataCacheTest() override { fs::remove_all(folder_); }

  void write(const fs::path& file) const { std::ofstream(file) << "x"; }

  fs::path folder_;
};

TEST_F(DataCacheTest, IsThereForARunAndLeavesNothing) {
  {
    const DataCache cache(folder_ / "new" / "results.db");
    EXPECT_EQ(fs::path(cache.folder()).parent_path(), folder_ / "new" / "results.files" / "cache");
    EXPECT_TRUE(fs::is_directory(cache.folder()));
    write(fs::path(cache.folder()) / "text");
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(DataCacheTest, LeavesWhatElseWasMadeMeanwhileOrWasThere) {
  fs::create_directory(folder_ / "old");
  {
    const DataCache cache(folder_ / "old" / "results.db"), other(folder_ / "new" / "results.db");
    fs::create_directory(folder_ / "new" / "results.files" / "1");
  }
  EXPECT_TRUE(fs::is_empty(folder_ / "old"));
  EXPECT_TRUE(fs::exists(folder_ / "new" / "results.files" / "1"));
  EXPECT_FALSE(fs::exists(folder_ / "new" / "results.files" / "cache"));
}

TEST_F(DataCacheTest, WhatAKilledRunnerLeftIsGone) {
  const fs::path stale = folder_ / "results.files" / "cache" / "left";
  fs::create_directories(stale);
  write(stale / "text");
  write(folder_ / "results.files" / "cache" / "file");
  EXPECT_EQ(stale_caches(folder_ / "results.db").size(), 2u);
  const DataCache cache(folder_ / "results.db");
  EXPECT_FALSE(fs::exists(stale));
  EXPECT_TRUE(stale_caches(folder_ / "results.db").empty()) << "its own is none";
}

TEST_F(DataCacheTest, ALivingRunnersIsLeftAlone) {
  const fs::path database = folder_ / "results.db";
  {
    const DataCache first(database);
    write(fs::path(first.folder()) / "text");
    {
      const DataCache second(database);
      EXPECT_NE(second.folder(), first.folder());
      EXPECT_TRUE(fs::is_directory(second.folder()));
    }
    EXPECT_TRUE(fs::exists(fs::path(first.folder()) / "text"));
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

// Its lock goes with it, though its folder stays.
TEST_F(DataCacheTest, AKilledRunnersIsNobodys) {
  const fs::path database = folder_ / "results.db";
  const pid_t child = fork();
  if (child == 0) {
    const DataCache cache(database);
    raise(SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(stale_caches(database).size(), 1u);
  const DataCache cache(database);
  EXPECT_TRUE(stale_caches(database).empty());
}

TEST_F(DataCacheTest, ThereIsNoneWhereNoneCanBeMade) {
  write(folder_ / "results.files");
  EXPECT_EQ(DataCache(folder_ / "results.db").folder(), "");
  EXPECT_TRUE(fs::is_regular_file(folder_ / "results.files"));
}

// The database will lie there, and is as safe as the folder's name.
TEST_F(DataCacheTest, FoldersThatItMakesAreOnTheDisk) {
  const fs::path top = fs::canonical(folder_);
  const DataCache cache(top / "new" / "results.db");
  EXPECT_EQ(testing::recorded_syncs().count(top), 1u) << "new";
  EXPECT_EQ(testing::recorded_syncs().count(top / "new"), 1u) << "new/results.files";
}

}  // namespace
}  // namespace runner::schedule
