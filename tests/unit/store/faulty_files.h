// Files of SQLite that fail when they are told to: a wrapper around the way it reaches the system.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cerrno>
#include <map>

namespace runner::testing {

// While one lives, every database of this process is opened through it. At most one at a time.
class FaultyFiles {
 public:
  FaultyFiles() : system_(sqlite3_vfs_find(nullptr)), faulty_(*system_) {
    current_ = this;
    faulty_.zName = "faulty";
    faulty_.xOpen = open;
    EXPECT_EQ(sqlite3_vfs_register(&faulty_, 1), SQLITE_OK);
  }
  ~FaultyFiles() {
    sqlite3_vfs_unregister(&faulty_);
    current_ = nullptr;
  }
  FaultyFiles(const FaultyFiles&) = delete;
  FaultyFiles& operator=(const FaultyFiles&) = delete;

  int write_error = 0;            // an errno that every write fails with
  bool has_shared_memory = true;  // as a local file system has; of files that are opened from now on

 private:
  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* result) {
    FaultyFiles& self = *current_;
    const int code = self.system_->xOpen(self.system_, name, file, flags, result);
    if (code != SQLITE_OK) return code;
    self.write_ = file->pMethods->xWrite;
    sqlite3_io_methods& methods = self.methods_[file->pMethods];
    methods = *file->pMethods;
    methods.xWrite = write;
    if (!self.has_shared_memory) methods.iVersion = 1;
    file->pMethods = &methods;
    return SQLITE_OK;
  }

  static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    const FaultyFiles& self = *current_;
    if (self.write_error == 0) return self.write_(file, data, size, offset);
    errno = self.write_error;
    return self.write_error == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
  }

  static inline FaultyFiles* current_ = nullptr;
  sqlite3_vfs* const system_;
  sqlite3_vfs faulty_;
  decltype(sqlite3_io_methods::xWrite) write_ = nullptr;             // the system's, the same for all files
  std::map<const sqlite3_io_methods*, sqlite3_io_methods> methods_;  // ours, by the system's: locked files and others
};

}  // namespace runner::testing
