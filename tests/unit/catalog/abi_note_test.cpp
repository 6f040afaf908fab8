// Reading ABI notes from files that nobody vouches for.
#include "control/catalog/abi_note.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>
#include <random>

#include "common/error.h"
#include "common/paths.h"
#include "common/sha256.h"
#include "unit/catalog/small_elf.h"

namespace runner::catalog {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SmallElf;
using testing::TemporaryFolder;

AbiNoteReading read_bytes(const std::string& bytes) {
  const TemporaryFolder folder;
  testing::write_file(folder / "file.so", bytes);
  return read_abi_note(folder / "file.so");
}

std::string problem_of(const std::string& bytes) {
  const AbiNoteReading reading = read_bytes(bytes);
  EXPECT_NE(reading.note.has_value(), !reading.problem.empty());
  return reading.problem;
}

// Why a small ELF file cannot be read once `spoil` has been at it.
template <typename Spoil>
std::string problem_after(Spoil spoil) {
  SmallElf elf;
  spoil(elf);
  return problem_of(elf.bytes());
}

TEST(AbiNote, IsReadFromASmallFile) {
  const AbiNoteReading reading = read_bytes(SmallElf().bytes());
  ASSERT_TRUE(reading.note) << reading.problem;
  EXPECT_EQ(reading.note->machine, EM_X86_64);
  EXPECT_STREQ(reading.note->note.libtorch, "1.13.1");
}

TEST(AbiNote, IsReadFromTheWorkerAndFromAPlugin) {
  const AbiNoteReading worker = read_abi_note(worker_executable());
  ASSERT_TRUE(worker.note) << worker.problem;
  const AbiNoteReading plugin = read_abi_note(std::string(BROKEN_PLUGIN_FOLDER) + "/tiny.so");
  ASSERT_TRUE(plugin.note) << plugin.problem;
  EXPECT_THAT(abi_mismatch(*plugin.note, *worker.note), IsEmpty());
}

TEST(AbiNote, UnderstandsManySections) {
  SmallElf elf;
  elf.sections[0].sh_size = elf.header.e_shnum;
  elf.sections[0].sh_link = elf.header.e_shstrndx;
  elf.header.e_shnum = 0;
  elf.header.e_shstrndx = SHN_XINDEX;
  EXPECT_THAT(problem_of(elf.bytes()), IsEmpty());
}

TEST(AbiNote, RefusesWhatIsNoElfFile) {
  for (const char* bytes : {"", "\x7f", "#!/bin/sh\n",
                            "\x7f"
                            "ELG, a text that is longer than a header of an ELF file"}) {
    EXPECT_THAT(problem_of(bytes), HasSubstr("not an ELF file"));
  }
  EXPECT_THAT(read_abi_note("/nonexistent/file.so").problem, HasSubstr("No such file"));
  EXPECT_THAT(read_abi_note("/tmp").problem, HasSubstr("no ordinary file"));
}

// Neither ends, nor does reading them.
TEST(AbiNote, RefusesPipesAndDevices) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe.so").c_str(), 0600), 0);
  EXPECT_THAT(read_abi_note(folder / "pipe.so").problem, HasSubstr("no ordinary file"));
  EXPECT_THROW(sha256_of_file(folder / "pipe.so"), EnvironmentError);
  EXPECT_THAT(read_abi_note("/dev/zero").problem, HasSubstr("no ordinary file"));
  EXPECT_THROW(sha256_of_file("/dev/zero"), EnvironmentError);
}

TEST(AbiNote, RefusesOtherMachines) {
  EXPECT_THAT(problem_after([](SmallElf& elf) { elf.header.e_ident[EI_CLASS] = ELFCLASS32; }), HasSubstr("64-bit"));
  EXPECT_THAT(problem_after([](SmallElf& elf) { elf.header.e_ident[EI_DATA] = ELFDATA2MSB; }),
              HasSubstr("little-endian"));
  EXPECT_THAT(problem_after([](SmallElf& elf) { elf.header.e_machine = EM_386; }), HasSubstr("processor"));
  EXPECT_THAT(problem_after([](SmallElf& elf) { elf.header.e_machine = EM_AARCH64; }), IsEmpty());
}

TEST(AbiNote, RefusesTablesOutsideTheFile) {
  const auto damaged = HasSubstr("truncated or damaged");
  EXPECT_THAT(problem_after([](SmallElf& elf) { elf.header.e_shoff = 1 << 20; }), damaged);
  EXPECT_THAT(problem_after([](SmallElf& elf) { elf.header.e_shoff = UINT64_MAX; }), damaged);
  EXPECT_THAT(problem_after([](SmallElf& elf) { elf.header.e_shoff = UINT64_MAX - 63; }), damaged);
  EXPECT_THAT(problem_after([](SmallElf& elf) { elf.header.e_shnum = 4; }), damaged);
  EXPECT_THAT(problem_after([](SmallElf& elf) { elf.header.e_shnum = UINT16_MAX; }), damaged);
  EXPECT_THAT(problem_after([](SmallElf& elf) {
                elf.header.e_shnum = 0;
                elf.sections[0].sh_size = UINT64_MAX / sizeof(Elf64_Shdr) + 2;  // overflows when multiplied
              }),
              damaged);
  EXPECT_THAT(problem_after([](SmallElf& elf) { elf.header.e_shoff = 0; }), HasSubstr("no section table"));
  EXPECT_THAT(problem_after([](SmallElf& elf) { elf.header.e_shentsize = 40; }), HasSubstr("damaged"));
}

TEST(AbiNote, RefusesNamesOutsideTheFile) {
  EXPECT_THAT(problem_after([](SmallElf& elf) { elf.header.e_shstrndx = 3; }), HasSubstr("damaged"));
  for (const uint64_t far : {uint64_t{1} << 30, UINT64_MAX}) {
    EXPECT_THAT(problem_after([&](SmallElf& elf) { elf.sections[SmallElf::kNames].sh_offset = far; }),
                HasSubstr("damaged"));
    EXPECT_THAT(problem_after([&](SmallElf& elf) { elf.sections[SmallElf::kNames].sh_size = far; }),
                HasSubstr("damaged"));
  }
  EXPECT_THAT(problem_after([](SmallElf& elf) { elf.sections[SmallElf::kNote].sh_name = UINT32_MAX; }),
              HasSubstr("no ABI note"));
  EXPECT_THAT(problem_after([](SmallElf& elf) { elf.names.back() = 'x'; }), HasSubstr("no ABI note"));
}

TEST(AbiNote, RefusesNotesThatAreNotThere) {
  auto note = [](SmallElf& elf) -> Elf64_Shdr& { return elf.sections[SmallElf::kNote]; };
  EXPECT_THAT(problem_after([&](SmallElf& elf) { note(elf).sh_name = 0; }), HasSubstr("no ABI note"));
  EXPECT_THAT(problem_after([&](SmallElf& elf) { note(elf).sh_type = SHT_NOBITS; }), HasSubstr("empty"));
  EXPECT_THAT(problem_after([&](SmallElf& elf) { note(elf).sh_size = 4; }), HasSubstr("empty"));
  EXPECT_THAT(problem_after([&](SmallElf& elf) { note(elf).sh_size = 40; }), HasSubstr("40 bytes, expected 88"));
  EXPECT_THAT(problem_after([&](SmallElf& elf) { note(elf).sh_offset = 1 << 20; }), HasSubstr("truncated or damaged"));
  EXPECT_THAT(problem_after([&](SmallElf& elf) { note(elf).sh_offset = UINT64_MAX; }),
              HasSubstr("truncated or damaged"));
  EXPECT_THAT(problem_after([](SmallElf& elf) { elf.note.magic[6] = '9'; }), HasSubstr("unknown layout"));
}

TEST(AbiNote, SurvivesEveryTruncation) {
  const std::string whole = SmallElf().bytes();
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_bytes(whole.substr(0, size)).note) << size;
  }
}

TEST(AbiNote, SurvivesDamage) {
  const std::string whole = SmallElf().bytes();
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string damaged = whole;
    for (int i = 0; i < 4; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    const AbiNoteReading reading = read_bytes(damaged);
    EXPECT_NE(reading.note.has_value(), !reading.problem.empty());
    if (reading.note) abi_mismatch(*reading.note, *reading.note);
  }
}

TEST(AbiMismatch, NamesEveryFieldThatDiffers) {
  AbiNote expected;
  expected.machine = EM_X86_64;
  expected.note = SmallElf().note;
  AbiNote found = expected;
  EXPECT_THAT(abi_mismatch(found, expected), IsEmpty());
  std::strcpy(found.note.libtorch, "2.6.0");
  EXPECT_EQ(abi_mismatch(found, expected), "built for LibTorch 2.6.0, this runner uses 1.13.1; rebuild the plugin");
  found.machine = EM_AARCH64;
  found.note.sdk_abi = 9;
  found.note.sanitizers = RUNNER_SANITIZE_ADDRESS;
  found.note.library_debug_mode = 1;
  EXPECT_THAT(abi_mismatch(found, expected),
              AllOf(HasSubstr("AArch64, this runner uses x86-64"),
                    HasSubstr("SDK ABI 9, this runner uses " + std::to_string(RUNNER_SDK_ABI)),
                    HasSubstr("AddressSanitizer, this runner uses no sanitizer"), HasSubstr("LibTorch 2.6.0"),
                    HasSubstr("built for checked containers (_GLIBCXX_DEBUG), this runner uses ordinary containers "
                              "(no _GLIBCXX_DEBUG)")));
}

TEST(AbiMismatch, ReadsTextsWithoutAnEnd) {
  AbiNote expected, found;
  std::memset(found.note.libtorch, '\xff', sizeof(found.note.libtorch));
  EXPECT_THAT(abi_mismatch(found, expected), HasSubstr("LibTorch \xef\xbf\xbd"));
}

}  // namespace
}  // namespace runner::catalog
