// What lies in a folder.
#pragma once

#include <filesystem>
#include <vector>

namespace runner {

// Its entries, sorted; none where there is no such folder or it cannot be read.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

}  // namespace runner
