// Which files could be plugins.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace runner::catalog {

struct Candidate {
  std::filesystem::path file;  // absolute
  std::string problem;         // of a folder that cannot be looked into; empty for a file
};

// The *.so files of the folders, in the order of the folders, then by name. A file that is reached twice, through a
// second folder or a symbolic link, is listed where it is met first. A missing folder has no files; one that cannot be
// read is listed itself, with the reason.
std::vector<Candidate> search_folders(const std::vector<std::filesystem::path>& folders);

}  // namespace runner::catalog
