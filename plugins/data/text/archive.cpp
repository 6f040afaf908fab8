#include "data/text/archive.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/common/text_file.h"
#include "data/text/archive_file.h"

namespace runner::text {
namespace {
namespace fs = std::filesystem;

// The parts of "a/b/c".
std::vector<std::string_view> parts_of(std::string_view name) {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at <= name.size();) {
    const size_t end = std::min(name.find('/', at), name.size());
    parts.push_back(name.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

bool leads_out(std::string_view name) {
  const auto parts = parts_of(name);
  return name.empty() || name[0] == '/' || std::find(parts.begin(), parts.end(), "..") != parts.end();
}

bool is_hidden(std::string_view name) {
  const auto parts = parts_of(name);
  const auto hides = [](std::string_view part) {
    return part == "__MACOSX" || (part.size() > 1 && part[0] == '.' && part != "..");
  };
  return std::any_of(parts.begin(), parts.end(), hides);
}

// Other methods take as much memory as an entry asks for, 4 GiB for a window of LZMA, and few programs use them.
bool is_packed_as_usual(archive* zip) {
  const std::string_view format = archive_format_name(zip);  // "ZIP 2.0 (deflation)"
  const auto is = [&](const char* method) { return format.find(method) != std::string_view::npos; };
  return is("(uncompressed)") || is("(deflation)") || is("(bzip)");
}

void support_zip(archive* reader) { archive_read_support_format_zip_seekable(reader); }

// Reads the documents of a zip file in the order of their names in one pass over their bytes.
class ZipReader {
 public:
  ZipReader(const fs::path& file, const std::string& option, int64_t max_bytes)
      : file_(file), option_(option), max_bytes_(max_bytes) {}

  bool read(DocumentSink& sink) {
    list();
    ArchiveFile zip(file_, option_, max_bytes_, support_zip);
    for (size_t index = 0; zip.next(); ++index) {
      const std::string name = name_of(zip);
      if (turns_.count({name, index}) == 0) continue;
      zip.set_name(described(name));
      if (turns_.begin()->first != Key{name, index}) {
        hold(zip, {name, index});
      } else if (!give(zip, sink) || !give_held(sink)) {
        return false;
      }
    }
    return true;
  }

 private:
  using Key = std::pair<std::string, size_t>;  // a name may occur twice

  // What is to be read, with nothing held yet. Refuses what may not be in an archive, before anything is unpacked.
  void list() {
    ArchiveFile zip(file_, option_, max_bytes_, support_zip);
    for (size_t index = 0; zip.next(); ++index) {
      const std::string name = name_of(zip);
      const auto type = archive_entry_filetype(zip.entry());
      zip.set_name(described(name));
      if (leads_out(name)) zip.refuse("its name leads out of the archive; take the entry out of it");
      if (archive_entry_hardlink(zip.entry()) != nullptr || (type != AE_IFREG && type != AE_IFDIR))
        zip.refuse("it is a link or a device, expected regular files; take the entry out of the archive");
      if (!is_packed_as_usual(zip.handle()))
        zip.refuse("it is packed by a method that is not read, expected deflation, bzip2 or none; pack it again");
      if (type == AE_IFREG && !is_hidden(name)) turns_.emplace(Key{name, index}, std::string());
    }
    if (turns_.empty()) refuse_to_read(file_.string(), option_, "it holds no files");
  }

  static std::string name_of(const ArchiveFile& zip) {
    const char* const name = archive_entry_pathname(zip.entry());
    return name != nullptr ? name : "";
  }

  std::string described(const std::string& name) const { return file_.string() + ", entry " + printable(name); }

  void hold(ArchiveFile& zip, const Key& key) {
    std::string& bytes = turns_.at(key);
    zip.read([&](std::string_view piece) { return bytes.append(piece), true; });
    bytes.shrink_to_fit();
    held_.insert(key);
  }

  // The entry that the archive is at, whose turn it is.
  bool give(ArchiveFile& zip, DocumentSink& sink) {
    turns_.erase(turns_.begin());
    sink.begin(zip.name());
    if (!zip.read([&](std::string_view piece) { return sink.add(piece); })) return false;
    sink.end();
    return true;
  }

  // Those whose turn has come by that.
  bool give_held(DocumentSink& sink) {
    while (!turns_.empty() && held_.count(turns_.begin()->first) > 0) {
      sink.begin(described(turns_.begin()->first.first));
      if (!sink.add(turns_.begin()->second)) return false;
      sink.end();
      turns_.erase(turns_.begin());
    }
    return true;
  }

  const fs::path file_;
  const std::string option_;
  const int64_t max_bytes_;
  std::map<Key, std::string> turns_;  // what is still to be given, with the bytes of what is held
  std::set<Key> held_;
};

}  // namespace

bool read_zip(const fs::path& file, const std::string& option, int64_t max_bytes, DocumentSink& sink) {
  return ZipReader(file, option, max_bytes).read(sink);
}

bool read_compressed(const fs::path& file, Compression compression, const std::string& option, int64_t max_bytes,
                     DocumentSink& sink) {
  const bool gzip = compression == Compression::gzip;
  ArchiveFile packed(file, option, max_bytes, [gzip](archive* reader) {
    gzip ? archive_read_support_filter_gzip(reader) : archive_read_support_filter_xz(reader);
    archive_read_support_format_raw(reader);
    archive_read_support_format_empty(reader);
  });
  const bool has_text = packed.next();
  // One filter, and the one that there always is.
  const bool as_named = archive_filter_count(packed.handle()) == 2 &&
                        archive_filter_code(packed.handle(), 0) == (gzip ? ARCHIVE_FILTER_GZIP : ARCHIVE_FILTER_XZ);
  if (!as_named) packed.refuse(std::string("it is not one text compressed with ") + (gzip ? "gzip" : "xz"));
  packed.set_name(file.string() + ", unpacked");
  sink.begin(packed.name());
  if (has_text && !packed.read([&](std::string_view piece) { return sink.add(piece); })) return false;
  sink.end();
  return true;
}

}  // namespace runner::text
