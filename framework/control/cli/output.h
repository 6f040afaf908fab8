// Where an answer goes: to standard output or into a file.
#pragma once

#include <filesystem>
#include <string>

namespace runner::cli {

// The file that `name` leads to once links are followed, for what is written there. Throws RequestError when it is no
// ordinary file, or is there and `replace` does not say that it may go, or belongs to `database`: it, what SQLite and
// the lock keep beside it, and whatever its trials left, which is the only copy.
std::filesystem::path replaceable_file(const std::string& name, bool replace, const std::filesystem::path& database);

// Writes the text to `file`; '' and "-" are standard output. A file appears whole or not at all, and one that is there
// is replaced only as replaceable_file() says. Throws RequestError when it must stay, EnvironmentError when it cannot
// be written.
void write_answer(const std::string& text, const std::string& file, bool replace,
                  const std::filesystem::path& database);

}  // namespace runner::cli
