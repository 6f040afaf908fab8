#include "common/machine.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

namespace runner {
namespace {

namespace fs = std::filesystem;

// A root of files as a kernel writes them.
class Machine : public ::testing::Test {
 protected:
  Machine() {
    std::string pattern = (fs::temp_directory_path() / "runner-machine-XXXXXX").string();
    root = mkdtemp(pattern.data());
  }
  ~Machine() override { fs::remove_all(root); }

  void write(const fs::path& file, const std::string& text) const {
    fs::create_directories((root / file).parent_path());
    std::ofstream(root / file) << text;
  }

  fs::path root;
};

TEST_F(Machine, AQuotaIsTheSmallestAlongThePathOfControlGroups) {
  write("proc/self/cgroup", "0::/user/service\n");
  write("sys/fs/cgroup/cpu.max", "max 100000\n");
  write("sys/fs/cgroup/user/cpu.max", "150000 100000\n");
  write("sys/fs/cgroup/user/service/cpu.max", "400000 100000\n");
  EXPECT_EQ(cores(root).quota, 1.5);
  EXPECT_EQ(cores(root).usable(), 1);
}

TEST_F(Machine, AQuotaOfTheFirstVersionStandsInFilesOfItsController) {
  write("proc/self/cgroup", "5:cpuset:/box\n4:cpu,cpuacct:/box\n0::/\n");
  write("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "250000\n");
  write("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cores(root).quota, 2.5);
}

TEST_F(Machine, WithoutAQuotaTheCoresAreThoseThatTheProcessMayRunOn) {
  write("proc/self/cgroup", "4:cpu,cpuacct:/\n0::/\n");
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(cores(root).quota, 0);
  EXPECT_EQ(cores(root).usable(), cores(root).allowed);
  EXPECT_LE(cores(root).allowed, cores(root).online);
}

TEST_F(Machine, LessThanACoreIsOneThreadAtATime) { EXPECT_EQ((Cores{8, 8, 0.5}.usable()), 1); }

TEST_F(Machine, MemoryLoadAndModelAreReadFromProc) {
  write("proc/meminfo", "MemTotal:       24576000 kB\nMemFree:  1 kB\nMemAvailable:   20480000 kB\n");
  write("proc/loadavg", "1.25 0.80 0.40 2/345 6789\n");
  write("proc/cpuinfo", "processor\t: 0\nmodel name\t: Example 9000\nmodel name\t: Example 9000\n");
  EXPECT_EQ(memory(root).total, int64_t{24576000} << 10);
  EXPECT_EQ(memory(root).available, int64_t{20480000} << 10);
  EXPECT_EQ(load_average(root), 1.25);
  EXPECT_EQ(cpu_model(root), "Example 9000");
}

TEST_F(Machine, WhatCannotBeReadIsUnknown) {
  EXPECT_EQ(memory(root).total, 0);
  EXPECT_EQ(load_average(root), 0);
  EXPECT_EQ(cpu_model(root), "unknown");
  EXPECT_GE(cores(root).usable(), 1);
}

}  // namespace
}  // namespace runner
