#include "common/machine.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace runner {
namespace fs = std::filesystem;
namespace {

int64_t cores_allowed(int64_t online) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : online;
}

double smaller_limit(double one, double other) {
  if (one == 0 || other == 0) return std::max(one, other);
  return std::min(one, other);
}

// "200000 100000", microseconds of processor time in each period, or "max 100000".
double quota_of_version_2(const fs::path& group) {
  std::ifstream file(group / "cpu.max");
  double quota = 0, period = 0;
  return file >> quota >> period && period > 0 ? quota / period : 0;
}

// The same numbers in files of their own; a quota of -1 is none.
double quota_of_version_1(const fs::path& group) {
  std::ifstream quota_file(group / "cpu.cfs_quota_us"), period_file(group / "cpu.cfs_period_us");
  double quota = 0, period = 0;
  return quota_file >> quota && period_file >> period && quota > 0 && period > 0 ? quota / period : 0;
}

// The smallest quota of a group and those that contain it. Inside a container the upper ones cannot be seen.
double quota_along(const fs::path& mount, const fs::path& path, double (*quota_of)(const fs::path&)) {
  double quota = quota_of(mount);
  fs::path group = mount;
  for (const fs::path& part : path.relative_path()) quota = smaller_limit(quota, quota_of(group /= part));
  return quota;
}

// Lines of /proc/self/cgroup: "0::/path" for version 2, "4:cpu,cpuacct:/path" for a controller of version 1.
double cpu_quota(const fs::path& root) {
  const fs::path mount = root / "sys/fs/cgroup";
  std::ifstream file(root / "proc/self/cgroup");
  double quota = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string number, controllers, path;
    std::getline(std::getline(std::getline(fields, number, ':'), controllers, ':'), path);
    if (controllers.empty()) quota = smaller_limit(quota, quota_along(mount, path, quota_of_version_2));
    if (("," + controllers + ",").find(",cpu,") == std::string::npos) continue;
    quota = smaller_limit(quota, quota_along(mount / controllers, path, quota_of_version_1));
  }
  return quota;
}

// "MemTotal:       24576000 kB"
int64_t bytes_of(const std::string& line) {
  std::istringstream fields(line.substr(line.find(':') + 1));
  int64_t kibibytes = 0;
  fields >> kibibytes;
  return kibibytes << 10;
}

bool starts_with(const std::string& line, const char* start) { return line.rfind(start, 0) == 0; }

}  // namespace

int64_t Cores::usable() const {
  const int64_t within_quota = quota > 0 ? static_cast<int64_t>(quota) : allowed;
  return std::max<int64_t>(1, std::min(allowed, within_quota));
}

Cores cores(const fs::path& root) {
  Cores found;
  found.online = sysconf(_SC_NPROCESSORS_ONLN);
  found.allowed = cores_allowed(found.online);
  found.quota = cpu_quota(root);
  return found;
}

Memory memory(const fs::path& root) {
  Memory found;
  std::ifstream file(root / "proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (starts_with(line, "MemTotal:")) found.total = bytes_of(line);
    if (starts_with(line, "MemAvailable:")) found.available = bytes_of(line);
  }
  return found;
}

double load_average(const fs::path& root) {
  std::ifstream file(root / "proc/loadavg");
  double load = 0;
  file >> load;
  return load;
}

std::string cpu_model(const fs::path& root) {
  std::ifstream file(root / "proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (starts_with(line, "model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace runner
