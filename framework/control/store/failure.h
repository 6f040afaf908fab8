// Errors of SQLite, and what a person can do about them.
#pragma once

#include <string>

struct sqlite3;

namespace SQLite {
class Exception;
}

namespace runner::store {

// Whether it is the machine that failed (disk, locks, memory, the file itself) and not the statement.
bool is_failure_of_the_machine(int code);

// What a person can do about it; empty for what is not known.
std::string remedy(const SQLite::Exception& error);

// Throws EnvironmentError: `what`, such as "cannot write results.db", why, and what to do.
[[noreturn]] void throw_failure(const std::string& what, const SQLite::Exception& error);
// The same for an error that `database` remembers.
[[noreturn]] void throw_failure(const std::string& what, sqlite3* database);

}  // namespace runner::store
