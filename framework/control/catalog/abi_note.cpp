#include "control/catalog/abi_note.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <vector>

#include "common/process.h"
#include "common/text.h"

namespace runner::catalog {
namespace {

// Why a file cannot be read; never leaves this file.
class Unreadable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The bytes of a file, each access checked.
class Bytes {
 public:
  // O_NONBLOCK: a pipe under this name would wait for a writer.
  explicit Bytes(const std::filesystem::path& file) : file_(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat status {};
    if (!file_.is_open() || fstat(file_.get(), &status) != 0) {
      throw Unreadable("cannot be read: " + std::generic_category().message(errno));
    }
    if (!S_ISREG(status.st_mode)) throw Unreadable("is no ordinary file");
    size_ = static_cast<uint64_t>(status.st_size);
  }

  uint64_t size() const { return size_; }
  bool contains(uint64_t offset, uint64_t length) const { return offset <= size_ && length <= size_ - offset; }

  // The bytes at `offset`; `what` names them in the message when the file ends before.
  template <typename T>
  T at(uint64_t offset, const char* what) const {
    T value{};
    copy(offset, &value, sizeof(value), what);
    return value;
  }

  void copy(uint64_t offset, void* to, size_t length, const char* what) const {
    if (contains(offset, length) &&
        pread(file_.get(), to, length, static_cast<off_t>(offset)) == static_cast<ssize_t>(length))
      return;
    throw Unreadable(std::string("is truncated or damaged: ") + what + " at byte " + std::to_string(offset) +
                     " lies outside its " + std::to_string(size_) + " bytes; build or copy it again");
  }

 private:
  FileDescriptor file_;
  uint64_t size_ = 0;
};

const char* machine_name(uint16_t machine) {
  return machine == EM_X86_64 ? "x86-64" : machine == EM_AARCH64 ? "AArch64" : "another kind of processor";
}

Elf64_Ehdr read_header(const Bytes& bytes) {
  if (bytes.size() < SELFMAG ||
      std::memcmp(bytes.at<std::array<char, SELFMAG>>(0, "the magic").data(), ELFMAG, SELFMAG) != 0) {
    throw Unreadable("is not an ELF file: it is no shared library");
  }
  const auto header = bytes.at<Elf64_Ehdr>(0, "the ELF header");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
    throw Unreadable("is not a 64-bit little-endian ELF file");
  }
  if (header.e_machine != EM_X86_64 && header.e_machine != EM_AARCH64) {
    throw Unreadable("is for a processor that is neither x86-64 nor AArch64");
  }
  return header;
}

// The section table, checked to lie inside the file. Files with very many sections keep the counts in section 0.
class Sections {
 public:
  explicit Sections(const Bytes& bytes) : bytes_(bytes) {
    const Elf64_Ehdr header = read_header(bytes);
    machine_ = header.e_machine;
    table_ = header.e_shoff;
    if (table_ == 0)
      throw Unreadable("has no section table, so no ABI note can be found; do not strip the section headers");
    if (header.e_shentsize != sizeof(Elf64_Shdr))
      throw Unreadable("is damaged: its section headers have an unknown size");
    const auto first = bytes.at<Elf64_Shdr>(table_, "the section table");
    count_ = header.e_shnum != 0 ? header.e_shnum : first.sh_size;
    const uint64_t names = header.e_shstrndx != SHN_XINDEX ? header.e_shstrndx : first.sh_link;
    if (count_ > bytes.size() / sizeof(Elf64_Shdr) || !bytes.contains(table_, count_ * sizeof(Elf64_Shdr))) {
      throw Unreadable("is truncated or damaged: its section table lies outside its " + std::to_string(bytes.size()) +
                       " bytes; build or copy it again");
    }
    if (names >= count_) throw Unreadable("is damaged: its section names are missing");
    names_ = at(names);
  }

  uint16_t machine() const { return machine_; }

  std::optional<Elf64_Shdr> find(std::string_view name) const {
    for (uint64_t i = 0; i < count_; ++i) {
      const Elf64_Shdr section = at(i);
      if (has_name(section, name)) return section;
    }
    return std::nullopt;
  }

 private:
  Elf64_Shdr at(uint64_t index) const {
    return bytes_.at<Elf64_Shdr>(table_ + index * sizeof(Elf64_Shdr), "a section header");
  }

  bool has_name(const Elf64_Shdr& section, std::string_view name) const {
    const uint64_t length = name.size() + 1;  // with the terminator
    if (section.sh_name > names_.sh_size || length > names_.sh_size - section.sh_name) return false;
    if (!bytes_.contains(names_.sh_offset, names_.sh_size))
      throw Unreadable("is truncated or damaged: its section names lie outside its bytes");
    std::vector<char> found(length);
    bytes_.copy(names_.sh_offset + section.sh_name, found.data(), found.size(), "a section name");
    return found.back() == '\0' && std::string_view(found.data(), name.size()) == name;
  }

  const Bytes& bytes_;
  uint64_t table_ = 0, count_ = 0;
  uint16_t machine_ = 0;
  Elf64_Shdr names_{};
};

runner_abi_note read_note(const Bytes& bytes, const Elf64_Shdr& section) {
  constexpr size_t kMagicSize = sizeof(runner_abi_note::magic);
  if (section.sh_type == SHT_NOBITS || section.sh_size < kMagicSize)
    throw Unreadable("is damaged: its ABI note is empty");
  const auto magic = bytes.at<std::array<char, kMagicSize>>(section.sh_offset, "the ABI note");
  if (std::memcmp(magic.data(), RUNNER_ABI_MAGIC, kMagicSize) != 0) {
    throw Unreadable(
        "has an ABI note of an unknown layout: it was built with the SDK of another runner; rebuild the plugin");
  }
  if (section.sh_size < sizeof(runner_abi_note)) {
    throw Unreadable("is damaged: its ABI note has " + std::to_string(section.sh_size) + " bytes, expected " +
                     std::to_string(sizeof(runner_abi_note)) + "; rebuild the plugin");
  }
  return bytes.at<runner_abi_note>(section.sh_offset, "the ABI note");
}

AbiNote read_or_throw(const std::filesystem::path& file) {
  const Bytes bytes(file);
  const Sections sections(bytes);
  const auto section = sections.find(RUNNER_ABI_SECTION);
  if (!section) throw Unreadable("has no ABI note: it is no plugin, or lacks RUNNER_PLUGIN(…)");
  return {sections.machine(), read_note(bytes, *section)};
}

template <size_t N>
std::string text_of(const char (&field)[N]) {
  return replace_invalid_utf8(std::string_view(field, strnlen(field, N)));
}

std::string sanitizer_names(uint32_t bits) {
  std::vector<std::string> names;
  if (bits & RUNNER_SANITIZE_ADDRESS) names.emplace_back("AddressSanitizer");
  if (bits & RUNNER_SANITIZE_THREAD) names.emplace_back("ThreadSanitizer");
  if (bits & ~(RUNNER_SANITIZE_ADDRESS | RUNNER_SANITIZE_THREAD)) names.emplace_back("an unknown sanitizer");
  return names.empty() ? "no sanitizer" : join(names, " and ");
}

std::string containers(uint32_t debug_mode) {
  return debug_mode != 0 ? "checked containers (_GLIBCXX_DEBUG)" : "ordinary containers (no _GLIBCXX_DEBUG)";
}

// Collects the fields that differ, one phrase each.
class Differences {
 public:
  void compare(const std::string& what, const std::string& found, const std::string& expected) {
    if (found != expected) phrases_.push_back("built for " + what + found + ", this runner uses " + expected);
  }
  void compare(const std::string& what, uint32_t found, uint32_t expected) {
    compare(what, std::to_string(found), std::to_string(expected));
  }
  std::string sentence() const { return phrases_.empty() ? "" : join(phrases_, "; ") + "; rebuild the plugin"; }

 private:
  std::vector<std::string> phrases_;
};

}  // namespace

AbiNoteReading read_abi_note(const std::filesystem::path& file) {
  try {
    return {read_or_throw(file), ""};
  } catch (const Unreadable& reason) {
    return {std::nullopt, reason.what()};
  }
}

std::string abi_mismatch(const AbiNote& found, const AbiNote& expected) {
  const runner_abi_note &theirs = found.note, &ours = expected.note;
  Differences differences;
  differences.compare("", machine_name(found.machine), machine_name(expected.machine));
  differences.compare("LibTorch ", text_of(theirs.libtorch), text_of(ours.libtorch));
  differences.compare("SDK ABI ", theirs.sdk_abi, ours.sdk_abi);
  differences.compare("the standard library ", text_of(theirs.standard_library), text_of(ours.standard_library));
  differences.compare("the compiler ABI ", theirs.cxx_abi, ours.cxx_abi);
  differences.compare("_GLIBCXX_USE_CXX11_ABI=", theirs.cxx11_strings, ours.cxx11_strings);
  differences.compare("", containers(theirs.library_debug_mode), containers(ours.library_debug_mode));
  differences.compare("", sanitizer_names(theirs.sanitizers), sanitizer_names(ours.sanitizers));
  differences.compare("pointers of size ", theirs.pointer_size, ours.pointer_size);
  differences.compare("an ABI note of size ", theirs.size, ours.size);
  differences.compare("a descriptor of size ", theirs.descriptor_size, ours.descriptor_size);
  return differences.sentence();
}

}  // namespace runner::catalog
