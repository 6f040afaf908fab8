#include "control/store/connection.h"

#include <SQLiteCpp/Transaction.h>

#include <optional>
#include <system_error>

#include "common/error.h"
#include "common/folder.h"
#include "control/store/failure.h"
#include "control/store/guarded_database.h"
#include "control/store/recovery.h"
#include "control/store/schema.h"

namespace runner::store {
namespace fs = std::filesystem;
namespace {

constexpr size_t kMaxPendingRows = 10'000;
// A reader that stays in one transaction keeps the log growing; afterwards it need not stay as large.
constexpr const char* kKeepLog = "PRAGMA journal_size_limit = 67108864";  // bytes
constexpr const char* kNow = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

// The folder must be there before the lock and the database are opened in it.
const fs::path& ready_to_open(const fs::path& file) {
  std::error_code error;
  if (fs::is_directory(file, error)) throw EnvironmentError(file.string() + " is a folder, not a database");
  if (fs::exists(file, error) && !fs::is_regular_file(file, error)) {
    throw EnvironmentError(file.string() + " is no ordinary file, and so no database");
  }
  if (file.has_parent_path()) make_folders(file.parent_path());
  return file;
}

void use_wal(SQLite::Database& database, const fs::path& file) {
  if (database.execAndGet("PRAGMA journal_mode = WAL").getString() == "wal") return;
  throw EnvironmentError(file.string() +
                         " cannot be written while others read it: its file system lacks shared memory (a network "
                         "folder?). Name a file in a local folder with --db");
}

}  // namespace

Connection::Connection(const fs::path& file)
    : file_(file), lock_(ready_to_open(file_)), database_(open_for_writing(file_)) {
  const int version = check_identity(database_, file_);
  use_wal(database_, file_);
  database_.exec("PRAGMA foreign_keys = ON");
  database_.exec(kKeepLog);
  migrate(database_, version);
  change_state([this] { interrupt_orphans(database_, std::nullopt); });
}

Connection::~Connection() {
  database_.tryExec("PRAGMA busy_timeout = 0");  // whoever reads now is not waited for
  database_.tryExec("PRAGMA wal_checkpoint(TRUNCATE)");
}

void Connection::fail(const char* verb, const SQLite::Exception& cause) const {
  throw_failure(std::string("cannot ") + verb + " " + file_.string(), cause);
}

void Connection::change(Durability durability, const std::function<void()>& work) {
  try {
    database_.exec(durability == Durability::durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
    pending_.write(database_);
    work();
    transaction.commit();
    pending_.clear();
  } catch (const SQLite::Exception& error) {
    fail("write", error);
  }
}

void Connection::flush() {
  if (!pending_.empty()) change(Durability::batch, [] {});
}

void Connection::flush_if_many() {
  if (!keeps_together_ && pending_.size() >= kMaxPendingRows) flush();
}

void Connection::keep_together(const std::function<void()>& work) {
  keeps_together_ = true;
  try {
    work();
  } catch (...) {
    keeps_together_ = false;
    throw;
  }
  keeps_together_ = false;
}

SQLite::Statement Connection::statement(const std::string& sql) {
  std::string text = sql;
  for (size_t at = 0; (at = text.find("NOW()")) != std::string::npos;) text.replace(at, 5, kNow);
  return {database_, text};
}

void Connection::change_row(SQLite::Statement& sql, const char* kind, int64_t id) {
  sql.bind(sql.getBindParameterCount(), id);
  if (sql.exec() == 1) return;
  throw EnvironmentError(file_.string() + " has no " + kind + " " + std::to_string(id));
}

}  // namespace runner::store
