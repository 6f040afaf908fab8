// What no part of the program would do to a database.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <string>

namespace runner::testing {

inline void tamper(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  sqlite3_close(database);
}

// As a runner of schema version 1 left it.
inline void make_older(const std::filesystem::path& file) {
  tamper(file,
         "ALTER TABLE attempts DROP COLUMN from_batch; ALTER TABLE attempts DROP COLUMN from_epoch;"
         "PRAGMA user_version = 1");
}

}  // namespace runner::testing
