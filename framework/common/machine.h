// The machine that this process runs on, as the kernel tells it. Files are read below `root`, so that a test can write
// its own; what cannot be read is left at its default.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace runner {

struct Cores {
  int64_t online = 1;   // of the machine
  int64_t allowed = 1;  // that this process may be scheduled on: taskset, cpusets, batch systems
  double quota = 0;     // that its control groups may use at once, in cores: containers, services; 0 = no limit

  // How many threads can run at once: at least one.
  int64_t usable() const;
};
Cores cores(const std::filesystem::path& root = "/");

struct Memory {
  int64_t total = 0, available = 0;  // bytes
};
Memory memory(const std::filesystem::path& root = "/");

// How many threads wanted to run, on average over the last minute; of the whole machine.
double load_average(const std::filesystem::path& root = "/");

// "AMD EPYC 9354 32-Core Processor"
std::string cpu_model(const std::filesystem::path& root = "/");

}  // namespace runner
