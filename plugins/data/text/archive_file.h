#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "data/common/unicode.h"

namespace runner::text {

// An archive open for reading, entry after entry. Every failure is an OptionError, see archive.h.
class ArchiveFile {
 public:
  // `support` tells libarchive which formats and filters may be found.
  ArchiveFile(const std::filesystem::path& file, std::string option, int64_t max_bytes,
              const std::function<void(archive*)>& support);

  // Goes to the next entry; false after the last.
  bool next();
  archive_entry* entry() const { return entry_; }
  archive* handle() const { return archive_.get(); }
  // Names what is read in messages from here on.
  void set_name(std::string name) { name_ = std::move(name); }
  const std::string& name() const { return name_; }
  // The entry's bytes, piece by piece, until `use` returns false; returns whether it never did.
  bool read(const std::function<bool(std::string_view)>& use);
  [[noreturn]] void refuse(const std::string& reason) const;

 private:
  struct Free {
    void operator()(archive* opened) const { archive_read_free(opened); }
  };

  [[noreturn]] void refuse_damage(int64_t read) const;
  void count(int64_t bytes);

  const Utf8Names utf8_names_;
  const std::unique_ptr<archive, Free> archive_;
  const std::string file_, option_;
  const int64_t max_bytes_;
  std::string name_;
  int64_t unpacked_ = 0;
  archive_entry* entry_ = nullptr;  // the archive's
};

}  // namespace runner::text
