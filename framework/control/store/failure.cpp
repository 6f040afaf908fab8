#include "control/store/failure.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <string>

#include "common/error.h"

namespace runner::store {
namespace {

constexpr const char* kMakeRoom =
    "make room where it lies, then give the same command again: what was written before is safe, and it goes on from "
    "there";
constexpr const char* kAnotherPlace = "name a file on a local disk with --db";

// SQLite asks the system for locks and shared memory; what it says when there are none tells little.
bool lacks_locks_or_memory(int code) {
  switch (code) {
    case SQLITE_IOERR_LOCK:
    case SQLITE_IOERR_RDLOCK:
    case SQLITE_IOERR_UNLOCK:
    case SQLITE_IOERR_CHECKRESERVEDLOCK:
    case SQLITE_IOERR_SHMOPEN:
    case SQLITE_IOERR_SHMLOCK:
    case SQLITE_IOERR_SHMMAP:
      return true;
    default:
      return (code & 0xff) == SQLITE_PROTOCOL;
  }
}

std::string remedy_for(int code) {
  if (lacks_locks_or_memory(code)) {
    return std::string("its file system lacks locks or shared memory (a network folder?): ") + kAnotherPlace;
  }
  switch (code & 0xff) {
    case SQLITE_FULL:
      return kMakeRoom;
    case SQLITE_IOERR:
      return std::string("the disk failed, or a quota or limit of file sizes is reached: see dmesg, and ") + kMakeRoom;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return "the file and its folder must be writable and have room for SQLite's log: make them so, "
             "or name another one with --db";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "it is damaged, or no database: `runner doctor FILE` examines it and says what can be saved";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another program has it locked: close that (an open sqlite3 shell, a browser of databases), and try again";
    case SQLITE_NOMEM:
      return "the machine is out of memory";
    default:
      return "";
  }
}

[[noreturn]] void fail(const std::string& what, const std::string& why, int code) {
  const std::string remedy = remedy_for(code);
  throw EnvironmentError(what + ": " + why + (remedy.empty() ? "" : "; " + remedy));
}

}  // namespace

bool is_failure_of_the_machine(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_IOERR:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
      return true;
    default:
      return false;
  }
}

std::string remedy(const SQLite::Exception& error) { return remedy_for(error.getExtendedErrorCode()); }

void throw_failure(const std::string& what, const SQLite::Exception& error) {
  fail(what, error.what(), error.getExtendedErrorCode());
}

void throw_failure(const std::string& what, sqlite3* database) {
  fail(what, sqlite3_errmsg(database), sqlite3_extended_errcode(database));
}

}  // namespace runner::store
