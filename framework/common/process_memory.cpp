#include "common/process_memory.h"

#include <fstream>
#include <sstream>
#include <string>

namespace runner {

// Lines such as "RssAnon:	   58228 kB".
std::optional<ProcessMemory> memory_of(pid_t process, const std::filesystem::path& root) {
  std::ifstream file(root / "proc" / std::to_string(process) / "status");
  if (!file) return std::nullopt;
  ProcessMemory found;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string name;
    int64_t kibibytes = 0;
    if (!(fields >> name >> kibibytes)) continue;
    if (name == "RssAnon:" || name == "RssShmem:") found.resident += kibibytes << 10;
    if (name == "VmData:") found.mapped = kibibytes << 10;
  }
  return found;
}

}  // namespace runner
