// The memory that a process has of its own, as the kernel tells it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>

namespace runner {

struct ProcessMemory {
  // Bytes that lie in the machine's memory and come from no file on a disk, so that only the end of the process gives
  // them back. The code of libraries is not among them, nor is a text that was mapped.
  int64_t resident = 0;
  // Bytes that it may write to and shares with nobody, touched or not: what the kernel counts against RLIMIT_DATA.
  int64_t mapped = 0;
};

// Nothing when there is no such process. Read below `root`, so that a test can write its own; what the kernel does not
// tell is 0.
std::optional<ProcessMemory> memory_of(pid_t process, const std::filesystem::path& root = "/");

}  // namespace runner
