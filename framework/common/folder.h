// What lies in a folder, and whether anything lies there.
#pragma once

#include <filesystem>
#include <vector>

namespace runner {

// Its entries, sorted; none where there is no such folder or it cannot be read.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

// Whether there is anything of this name, links followed. Throws EnvironmentError when that cannot be told, as behind a
// folder that may not be entered: what cannot be looked at is not gone.
bool file_exists(const std::filesystem::path& file);

}  // namespace runner
