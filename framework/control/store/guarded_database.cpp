#include "control/store/guarded_database.h"

#include <sqlite3.h>

#include <cctype>
#include <string>
#include <system_error>

namespace runner::store {
namespace fs = std::filesystem;
namespace {

// How long a locked database is waited for.
constexpr int kWriterPatienceMs = 10'000, kReaderPatienceMs = 5'000;

// No text that a runner stores comes near it; a value that does would fill the memory.
constexpr int kLongestValue = 256 << 20;

std::string percent_encoded(const std::string& path) {
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string result;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '/' || c == '.' || c == '-' || c == '_') {
      result += c;
    } else {
      result += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return result;
}

SQLite::Database guarded(SQLite::Database database) {
  sqlite3* handle = database.getHandle();
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kLongestValue);
  sqlite3_exec(handle, "PRAGMA cell_size_check = ON", nullptr, nullptr, nullptr);
  return database;
}

// Under its absolute name: names such as ":memory:" mean something else to SQLite.
SQLite::Database open(const fs::path& file, int flags, int busy_timeout_ms) {
  return guarded(SQLite::Database(fs::absolute(file).string(), flags, busy_timeout_ms));
}

// A database in WAL mode needs a shared-memory file beside it. Where none can be made, nobody writes: when nothing
// waits in its log the file may be read as it is.
bool log_is_empty(const fs::path& file) {
  std::error_code missing;
  const auto size = fs::file_size(file.string() + "-wal", missing);
  return missing || size == 0;
}

SQLite::Database open_as_it_is(const fs::path& file) {
  const std::string name = "file:" + percent_encoded(fs::absolute(file).string()) + "?immutable=1";
  return guarded(SQLite::Database(name, SQLite::OPEN_READONLY | SQLite::OPEN_URI));
}

}  // namespace

SQLite::Database open_for_writing(const fs::path& file) {
  return open(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kWriterPatienceMs);
}

SQLite::Database open_for_reading(const fs::path& file) {
  SQLite::Database database = open(file, SQLite::OPEN_READONLY, kReaderPatienceMs);
  try {
    database.execAndGet("SELECT count(*) FROM sqlite_master");
    return database;
  } catch (const SQLite::Exception& error) {
    const bool no_shared_memory = error.getErrorCode() == SQLITE_CANTOPEN || error.getErrorCode() == SQLITE_READONLY;
    if (!no_shared_memory || !log_is_empty(file)) throw;
  }
  return open_as_it_is(file);
}

}  // namespace runner::store
