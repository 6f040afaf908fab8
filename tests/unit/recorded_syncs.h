// What a test's program brings to the disk: recorded_syncs.cpp stands in for the C library's fsync.
#pragma once

#include <filesystem>
#include <set>

namespace runner::testing {

// The files and folders that fsync was called for since the program began.
std::set<std::filesystem::path> recorded_syncs();

}  // namespace runner::testing
