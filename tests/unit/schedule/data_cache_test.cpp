#include "control/schedule/data_cache.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

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
    EXPECT_EQ(cache.folder(), folder_ / "new" / "results.files" / "cache");
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
  const fs::path stale = folder_ / "results.files" / "cache";
  fs::create_directories(stale);
  write(stale / "text");
  const DataCache cache(folder_ / "results.db");
  EXPECT_TRUE(fs::is_empty(cache.folder()));
}

TEST_F(DataCacheTest, ThereIsNoneWhereNoneCanBeMade) {
  write(folder_ / "results.files");
  EXPECT_EQ(DataCache(folder_ / "results.db").folder(), "");
  EXPECT_TRUE(fs::is_regular_file(folder_ / "results.files"));
}

}  // namespace
}  // namespace runner::schedule
