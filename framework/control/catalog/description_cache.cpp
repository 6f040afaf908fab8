#include "control/catalog/description_cache.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "common/error.h"
#include "common/new_file.h"
#include "common/paths.h"
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
  try {
    NewFile file(target);
    file.write(description);
    file.finish();
  } catch (const EnvironmentError&) {
    // The plugin will be described again.
  }
}

}  // namespace runner::catalog
