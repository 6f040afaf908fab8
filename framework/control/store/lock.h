// The advisory locks that keep a database, and the folder of its trials' files, to one writing process.
#pragma once

#include <filesystem>
#include <string>

#include "common/process.h"

namespace runner::store {

// A lock on a file, which names its holder ("<pid> <host>"). The system releases the lock when the process dies,
// however it dies. The file itself stays: removing it would let two processes lock two different files.
class ProcessLock {
 public:
  // `subject` is what the lock guards. Throws EnvironmentError when another process holds it, naming that, or the file
  // cannot be written.
  ProcessLock(const std::filesystem::path& file, const std::filesystem::path& subject);
  ~ProcessLock();
  ProcessLock(const ProcessLock&) = delete;
  ProcessLock& operator=(const ProcessLock&) = delete;

 private:
  FileDescriptor file_;
};

// Held by whoever writes a database: F.db-lock, and F.files/lock, because two databases may lead to one folder
// (`results` and `results.db`, or by a link). Makes the folder. Nobody gets it for a file of several names.
class WriterLock {
 public:
  // Throws like ProcessLock, and where problem_of_names() says why.
  explicit WriterLock(const std::filesystem::path& database);

 private:
  ProcessLock database_;
  ProcessLock files_;
};

// Why nobody may write the database: it has several names (hard links), but lock and log lie beside the one that it is
// opened by, so whoever opens it by another misses them. Empty when it has one, or is not there.
std::string problem_of_names(const std::filesystem::path& database);

// The process that writes the database, "process 4711 on host atlas"; empty when none does. Touches nothing: what a
// reader asks before it believes a status of `running`.
std::string writer_of(const std::filesystem::path& database);
inline bool has_writer(const std::filesystem::path& database) { return !writer_of(database).empty(); }

}  // namespace runner::store
