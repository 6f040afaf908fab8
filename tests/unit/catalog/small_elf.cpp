#include "unit/catalog/small_elf.h"

#include <stdlib.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace runner::testing {
namespace {

template <typename T>
std::string bytes_of(const T& value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
}

}  // namespace

SmallElf::SmallElf() : sections(3), names(std::string("\0.names\0", 8) + RUNNER_ABI_SECTION + std::string(1, '\0')) {
  std::memcpy(note.magic, RUNNER_ABI_MAGIC, sizeof(RUNNER_ABI_MAGIC));
  note.size = sizeof(note);
  note.sdk_abi = RUNNER_SDK_ABI;
  std::strcpy(note.libtorch, "1.13.1");
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_machine = EM_X86_64;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 3;
  header.e_shstrndx = kNames;
  header.e_shoff = sizeof(header) + names.size() + sizeof(note);
  sections[kNames].sh_type = SHT_STRTAB;
  sections[kNames].sh_name = 1;
  sections[kNames].sh_offset = sizeof(header);
  sections[kNames].sh_size = names.size();
  sections[kNote].sh_type = SHT_PROGBITS;
  sections[kNote].sh_name = 8;
  sections[kNote].sh_offset = sizeof(header) + names.size();
  sections[kNote].sh_size = sizeof(note);
}

std::string SmallElf::bytes() const {
  std::string bytes = bytes_of(header) + names + bytes_of(note);
  for (const Elf64_Shdr& section : sections) bytes += bytes_of(section);
  return bytes;
}

void write_file(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "runner-test.XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("cannot create " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace runner::testing
