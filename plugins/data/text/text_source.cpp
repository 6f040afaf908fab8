#include "data/text/text_source.h"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "data/common/text_file.h"
#include "data/text/archive.h"

namespace runner::text {
namespace {
namespace fs = std::filesystem;

std::string lower_ending(const fs::path& file) {
  std::string ending = file.extension().string();
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return ending;
}

bool is_one_of(const std::string& ending, const std::vector<std::string>& endings) {
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

// Would be taken for a text with wrong bytes in it.
void refuse_other_archives(const fs::path& file, const std::string& option) {
  const std::string ending = lower_ending(file);
  const bool is_tar = lower_ending(file.stem()) == ".tar" && is_one_of(ending, {".gz", ".xz"});
  if (!is_tar && !is_one_of(ending, {".tar", ".tgz", ".txz", ".bz2", ".zst", ".7z", ".rar"})) return;
  refuse_to_read(
      file.string(), option,
      "archives of this kind are not read, but .gz, .xz and .zip are; unpack it and name the file or folder");
}

// Files below a folder, by their paths in it.
class Folder {
 public:
  Folder(fs::path folder, std::string option) : folder_(std::move(folder)), option_(std::move(option)) {}

  std::vector<fs::path> files() const {
    std::vector<std::pair<std::string, fs::path>> files;
    std::error_code error;
    fs::recursive_directory_iterator at(folder_, error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      const fs::path& path = at->path();
      if (path.filename().string()[0] == '.' || path.filename() == "__MACOSX") {
        at.disable_recursion_pending();
      } else if (is_text(*at)) {
        files.emplace_back(path.lexically_relative(folder_).generic_string(), path);
      }
    }
    if (error) refuse_to_read(folder_.string(), option_, error.message());
    if (files.empty()) refuse_to_read(folder_.string(), option_, "the folder holds no files");
    std::sort(files.begin(), files.end());
    std::vector<fs::path> paths;
    for (auto& [name, path] : files) paths.push_back(std::move(path));
    return paths;
  }

 private:
  bool is_text(const fs::directory_entry& entry) const {
    if (entry.is_symlink()) {
      if (leaves(entry.path()))
        refuse_to_read(entry.path().string(), option_,
                       "it is a link that leads out of the folder; put the file itself there");
      return false;  // what it leads to is read under its own name
    }
    if (entry.is_directory()) return false;
    if (!entry.is_regular_file()) refuse_to_read(entry.path().string(), option_, "it is no regular file");
    return true;
  }

  // Also for links that lead nowhere.
  bool leaves(const fs::path& link) const {
    std::error_code error;
    const fs::path target = link.parent_path() / fs::read_symlink(link, error);
    const std::string inside = fs::canonical(folder_, error).string() + "/";
    const std::string led_to = fs::weakly_canonical(target, error).string() + "/";
    return error || led_to.compare(0, inside.size(), inside) != 0;
  }

  const fs::path folder_;
  const std::string option_;
};

bool read_any_file(const fs::path& file, const std::string& option, int64_t max_bytes, DocumentSink& sink) {
  const std::string ending = lower_ending(file);
  refuse_other_archives(file, option);
  std::error_code error;  // read_file says what is wrong
  if (!fs::is_regular_file(file, error)) return read_file(file, option, sink);
  if (ending == ".zip") return read_zip(file, option, max_bytes, sink);
  if (ending == ".gz") return read_compressed(file, Compression::gzip, option, max_bytes, sink);
  if (ending == ".xz") return read_compressed(file, Compression::xz, option, max_bytes, sink);
  return read_file(file, option, sink);
}

// A file alone, or those of a folder by their paths in it.
std::vector<fs::path> files_at(const fs::path& path, const std::string& option) {
  std::error_code error;  // read_file says what is wrong
  return fs::is_directory(path, error) ? Folder(path, option).files() : std::vector<fs::path>{path};
}

void read_any(const fs::path& path, const std::string& option, int64_t max_bytes, DocumentSink& sink) {
  for (const fs::path& file : files_at(path, option)) {
    if (!read_any_file(file, option, max_bytes, sink)) return;
  }
}

}  // namespace

TextSource text_source(const fs::path& path, const std::string& option, int64_t max_bytes) {
  return {path.string(), option, [=](DocumentSink& sink) { read_any(path, option, max_bytes, sink); },
          [=] { return files_at(path, option); }, "text, max_bytes " + std::to_string(max_bytes)};
}

}  // namespace runner::text
