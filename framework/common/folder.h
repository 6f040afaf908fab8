// Folders: what lies in one, whether anything lies there, and new ones.
#pragma once

#include <filesystem>
#include <vector>

namespace runner {

// Its entries, sorted; none where there is no such folder or it cannot be read.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

// Whether there is anything of this name, links followed. Throws EnvironmentError when that cannot be told, as behind a
// folder that may not be entered: what cannot be looked at is not gone.
bool file_exists(const std::filesystem::path& file);

// The folder that a file or a folder lies in.
std::filesystem::path folder_of(const std::filesystem::path& path);

// Returns when the names in the folder are on the disk. Says false, with errno, where they could not be brought there.
// Some file systems cannot do it for a folder, and nobody can for one that only takes files (mode -wx); there the names
// are as safe as the system makes them.
bool sync_folder(const std::filesystem::path& folder);

// Makes the folder and those that it lies in, where they are missing, and returns when their names are on the disk: a
// file is only as safe as every folder above it. Throws EnvironmentError.
void make_folders(const std::filesystem::path& folder);

}  // namespace runner
