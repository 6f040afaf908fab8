// The writing end of a database: lock, connection, transactions, rows that wait.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "control/store/lock.h"
#include "control/store/pending.h"

namespace runner::store {

// How sure a transaction is when its call returns: `batch` survives the death of the process, `durable` that of the
// machine too, at the price of a disk write.
enum class Durability { batch, durable };

class Connection {
 public:
  // Creates the folder, takes the lock, opens or creates the database, migrates it, and closes what a dead runner left
  // open. Throws EnvironmentError or SQLite::Exception.
  explicit Connection(const std::filesystem::path& file);
  // Leaves everything in the file itself where no reader is in the way, so that a copy of it alone is complete.
  ~Connection();

  const std::filesystem::path& file() const { return file_; }
  SQLite::Database& database() { return database_; }
  PendingRows& pending() { return pending_; }

  // Runs `work` and writes the pending rows, in one transaction. When it throws, nothing of it has happened and the
  // pending rows still wait. Throws EnvironmentError.
  void change(Durability durability, const std::function<void()>& work);
  void change_state(const std::function<void()>& work) { change(Durability::durable, work); }
  void flush();
  // Flushes when so many rows wait that memory would suffer, unless they belong together.
  void flush_if_many();
  // Runs `work`. The rows that it adds are written in one transaction.
  void keep_together(const std::function<void()>& work);

  // Runs `work`, which reads. Throws EnvironmentError when the database cannot be read.
  template <typename Work>
  auto read(const Work& work) const -> decltype(work()) {
    try {
      return work();
    } catch (const SQLite::Exception& error) {
      fail("read", error);
    }
  }

  // NOW() in `sql` stands for the present moment as the database stores it.
  SQLite::Statement statement(const std::string& sql);
  // Executes a change of one row by its id, which is bound to the last parameter. Throws when there is no such row.
  void change_row(SQLite::Statement& sql, const char* kind, int64_t id);

 private:
  [[noreturn]] void fail(const char* verb, const SQLite::Exception& cause) const;

  std::filesystem::path file_;
  WriterLock lock_;  // before the database: held until that is closed
  SQLite::Database database_;
  PendingRows pending_;
  bool keeps_together_ = false;
};

}  // namespace runner::store
