// The smallest ELF file with an ABI note, in which every field can be spoiled.
#pragma once

#include <elf.h>
#include <runner/abi.h>

#include <filesystem>
#include <string>
#include <vector>

namespace runner::testing {

struct SmallElf {
  SmallElf();

  Elf64_Ehdr header{};
  std::vector<Elf64_Shdr> sections;  // 0: none, 1: names, 2: note
  std::string names;
  runner_abi_note note{};

  static constexpr size_t kNames = 1, kNote = 2;

  // Header, names, note and section table, one after the other.
  std::string bytes() const;
};

void write_file(const std::filesystem::path& file, const std::string& bytes);
std::string read_file(const std::filesystem::path& file);

// A folder of its own, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace runner::testing
