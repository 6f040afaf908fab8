// The schema of a results database, its versions, and the way from one to the next.
#pragma once

#include <filesystem>
#include <string>

namespace SQLite {
class Database;
}

namespace runner::store {

// Raised with every migration; kept in the file as PRAGMA user_version.
int schema_version();

// The statements that make a file of that version known as a results database.
std::string identity_statements(int version);

// Throws EnvironmentError when the file is no results database, is newer than this program, or lacks one of the tables
// and the view that it shall have. A file without any table passes: it becomes a results database with `migrate`.
// Returns the file's version.
int check_identity(SQLite::Database& database, const std::filesystem::path& file);

// Brings an older or empty database to schema_version(), all or nothing.
void migrate(SQLite::Database& database, int from_version);

}  // namespace runner::store
