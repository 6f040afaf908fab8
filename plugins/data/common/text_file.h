#pragma once

#include <filesystem>
#include <string>

namespace runner::text {

// The contents of a UTF-8 file. Throws OptionError for `option`, naming the file and the reason, when it is missing, a
// directory, unreadable or empty; when it is no UTF-8, with the offset of the first wrong byte, counted from 0.
std::string read_utf8_file(const std::filesystem::path& file, const std::string& option);

}  // namespace runner::text
