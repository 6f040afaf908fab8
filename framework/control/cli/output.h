// Where an answer goes: to standard output or into a file.
#pragma once

#include <filesystem>
#include <string>

namespace runner::cli {

// The file that `name` leads to once links are followed, for what is written there. Throws RequestError when it is no
// ordinary file, or is there and `replace` does not say that it may go.
std::filesystem::path replaceable_file(const std::string& name, bool replace);

// Writes the text to `file`; '' and "-" are standard output. A file appears whole or not at all, and one that is there
// is replaced only with `replace`. Throws RequestError when it is there or is no ordinary file, EnvironmentError when
// it cannot be written.
void write_answer(const std::string& text, const std::string& file, bool replace);

}  // namespace runner::cli
