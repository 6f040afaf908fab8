#include "data/text/archive_file.h"

#include <runner/params.h>

#include <new>

#include "data/common/text_file.h"

namespace runner::text {

ArchiveFile::ArchiveFile(const std::filesystem::path& file, std::string option, int64_t max_bytes,
                         const std::function<void(archive*)>& support)
    : archive_(archive_read_new()),
      file_(file.string()),
      option_(std::move(option)),
      max_bytes_(max_bytes),
      name_(file_) {
  if (!archive_) throw std::bad_alloc();
  support(archive_.get());
  if (archive_read_open_filename(archive_.get(), file.c_str(), kPieceSize) != ARCHIVE_OK) refuse_damage(0);
}

bool ArchiveFile::next() {
  const int status = archive_read_next_header(archive_.get(), &entry_);
  if (status == ARCHIVE_EOF) return false;
  if (status != ARCHIVE_OK) refuse_damage(0);
  return true;
}

bool ArchiveFile::read(const std::function<bool(std::string_view)>& use) {
  const auto piece = std::make_unique<char[]>(kPieceSize);
  for (int64_t total = 0;;) {
    const la_ssize_t bytes = archive_read_data(archive_.get(), piece.get(), kPieceSize);
    if (bytes < 0) refuse_damage(total);
    if (bytes == 0) return true;
    total += bytes;
    count(bytes);
    if (!use({piece.get(), static_cast<size_t>(bytes)})) return false;
  }
}

void ArchiveFile::count(int64_t bytes) {
  unpacked_ += bytes;
  if (unpacked_ <= max_bytes_) return;
  throw OptionError("max_bytes", file_ + " unpacks to more than max_bytes, " + std::to_string(max_bytes_) +
                                     " bytes (reached in " + name_ + "); if it is to be trusted, raise max_bytes");
}

void ArchiveFile::refuse(const std::string& reason) const { refuse_to_read(name_, option_, reason); }

void ArchiveFile::refuse_damage(int64_t read) const {
  const char* const said = archive_error_string(archive_.get());
  std::string reason = said != nullptr ? printable(said) : "it is damaged";
  if (read > 0) reason += ", after " + std::to_string(read) + " bytes of its text";
  refuse(reason);
}

}  // namespace runner::text
