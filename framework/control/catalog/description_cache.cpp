#include "control/catalog/description_cache.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "common/paths.h"
#include "common/process.h"
#include "common/protocol.h"

namespace runner::catalog {
namespace {

namespace fs = std::filesystem;

fs::path file_of(const std::string& sha256) {
  return cache_folder() / "plugins" / (sha256 + "-" + std::to_string(protocol::kVersion) + ".json");
}

}  // namespace

std::optional<std::string> read_cached_description(const std::string& sha256) {
  std::ifstream file(file_of(sha256), std::ios::binary);
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return file.bad() ? std::nullopt : std::optional(std::move(text));
}

void write_cached_description(const std::string& sha256, const std::string& description) {
  const fs::path target = file_of(sha256);
  std::error_code ignored;
  fs::create_directories(target.parent_path(), ignored);
  std::string temporary = target.string() + ".XXXXXX";
  const FileDescriptor file(mkstemp(temporary.data()));
  if (!file.is_open()) return;
  std::error_code error;
  if (write_all(file.get(), description)) fs::rename(temporary, target, error);
  fs::remove(temporary, ignored);  // nothing is left to remove after a rename
}

}  // namespace runner::catalog
