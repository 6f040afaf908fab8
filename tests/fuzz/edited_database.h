// Results databases that somebody changed with other programs, or damaged.
#pragma once

#include <filesystem>
#include <string_view>

namespace runner::fuzz {

// Changes the database as a script says. Each of its lines is an SQL statement; one that SQLite does not take, or that
// would reach for other files or take long, is left out. A line "--! OFFSET BYTES" puts bytes (hexadecimal) into the
// file itself, once the statements are through; an offset beyond its end counts from its start again.
void edit_database(const std::filesystem::path& file, std::string_view script);

}  // namespace runner::fuzz
