// Memory that a process has of its own.
#include "common/process_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "unit/temporary_folder.h"

namespace runner {
namespace {

namespace fs = std::filesystem;
constexpr int64_t kMiB = 1 << 20;

TEST(ProcessMemory, IsReadFromProc) {
  const testing::TemporaryFolder root;
  fs::create_directories(root.path() / "proc" / "7");
  std::ofstream(root.path() / "proc" / "7" / "status")
      << "Name:\tVmData: 9 kB\nVmRSS:\t   5000 kB\nRssAnon:\t   1000 kB\nRssFile:\t   3500 kB\nRssShmem:\t    500 kB\n"
         "VmData:\t   4096 kB\nVmStk:\t     132 kB\n";
  const auto found = memory_of(7, root.path());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->resident, 1500 << 10);
  EXPECT_EQ(found->mapped, 4 * kMiB);
}

TEST(ProcessMemory, OfAProcessThatIsGoneIsNone) { EXPECT_FALSE(memory_of(0)); }

// Maps so many bytes as `flags` say, which stay.
void* map(int64_t bytes, int flags) {
  return mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
}

TEST(ProcessMemory, ThatIsMappedIsNotResidentUntilItIsTouched) {
  const ProcessMemory before = memory_of(getpid()).value();
  void* memory = map(64 * kMiB, MAP_PRIVATE);
  const ProcessMemory mapped = memory_of(getpid()).value();
  EXPECT_GE(mapped.mapped - before.mapped, 64 * kMiB);
  EXPECT_LT(mapped.resident - before.resident, 8 * kMiB);
  std::memset(memory, 1, 64 * kMiB);
  const ProcessMemory touched = memory_of(getpid()).value();
  EXPECT_GE(touched.resident - before.resident, 64 * kMiB);
  EXPECT_LT(touched.mapped - mapped.mapped, 8 * kMiB);
}

TEST(ProcessMemory, ThatIsSharedIsResidentOnly) {
  const ProcessMemory before = memory_of(getpid()).value();
  std::memset(map(64 * kMiB, MAP_SHARED), 1, 64 * kMiB);
  const ProcessMemory after = memory_of(getpid()).value();
  EXPECT_GE(after.resident - before.resident, 64 * kMiB);
  EXPECT_LT(after.mapped - before.mapped, 8 * kMiB);
}

}  // namespace
}  // namespace runner
