// Databases come from anywhere; whoever opens one is guarded against what it holds.
//
// No statement can write to the tables behind the tables, triggers do not fire, views and defaults call only functions
// that do no harm, pages that contradict themselves are noticed, nothing is attached, and no single value fills the
// memory.
#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>

namespace runner::store {

// For writing; makes a file that is not there. Throws SQLite::Exception.
SQLite::Database open_for_writing(const std::filesystem::path& file);

// For reading, while somebody writes it or not, and where nothing beside it can be written. Throws SQLite::Exception.
SQLite::Database open_for_reading(const std::filesystem::path& file);

}  // namespace runner::store
