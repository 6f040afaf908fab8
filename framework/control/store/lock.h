// The advisory lock that keeps a database to one writing process.
#pragma once

#include <filesystem>

#include "common/process.h"

namespace runner::store {

// Holds flock() on F.db-lock and names its holder in there ("<pid> <host>"). The system releases the lock when the
// process dies, however it dies. The file itself stays: removing it would let two processes lock two different files.
class WriterLock {
 public:
  // Throws EnvironmentError when another process holds the lock, naming it, or the file cannot be written.
  explicit WriterLock(const std::filesystem::path& database);
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  FileDescriptor file_;
};

// Whether a living process writes the database, as far as the lock file tells, without touching the lock: what a reader
// asks before it believes a status of `running`. A process on another host counts as living.
bool has_writer(const std::filesystem::path& database);

}  // namespace runner::store
