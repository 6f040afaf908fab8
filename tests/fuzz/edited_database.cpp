#include "fuzz/edited_database.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "fuzz/target.h"

namespace runner::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kByteMark = "--! ";
constexpr int kLongestValue = 1 << 20;
constexpr int kMostInstructions = 1'000'000;  // of SQLite's machine, for one statement

// Of the connection or of the file; others are of the process.
constexpr std::array kPragmas = {"application_id", "user_version", "ignore_check_constraints", "writable_schema",
                                 "foreign_keys"};

int authorize(void*, int action, const char* first, const char*, const char*, const char*) {
  const auto is_first = [first](std::string_view name) { return first && name == first; };
  const bool is_refused = action == SQLITE_ATTACH || action == SQLITE_DETACH || action == SQLITE_CREATE_VTABLE ||
                          (action == SQLITE_PRAGMA && std::none_of(kPragmas.begin(), kPragmas.end(), is_first));
  return is_refused ? SQLITE_DENY : SQLITE_OK;
}

int end_at_once(void*) { return 1; }

class Editor {
 public:
  explicit Editor(const fs::path& file) {
    require(sqlite3_open(file.c_str(), &database_) == SQLITE_OK, "the database can be opened");
    sqlite3_limit(database_, SQLITE_LIMIT_LENGTH, kLongestValue);
    sqlite3_set_authorizer(database_, authorize, nullptr);
    sqlite3_progress_handler(database_, kMostInstructions, end_at_once, nullptr);
  }
  ~Editor() { sqlite3_close(database_); }
  Editor(const Editor&) = delete;
  Editor& operator=(const Editor&) = delete;

  void execute(const std::string& sql) { sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr); }

 private:
  sqlite3* database_ = nullptr;
};

std::vector<std::string> lines_of(std::string_view script) {
  std::vector<std::string> lines;
  std::istringstream text{std::string(script)};
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

bool is_of_bytes(const std::string& line) { return line.compare(0, kByteMark.size(), kByteMark) == 0; }

std::string bytes_from_hex(const std::string& digits) {
  std::string bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(std::strtoul(digits.substr(i, 2).c_str(), nullptr, 16));
  }
  return bytes;
}

void put_bytes(const fs::path& file, const std::string& line) {
  uint64_t offset = 0;
  std::string digits;
  std::istringstream(line.substr(kByteMark.size())) >> offset >> digits;
  const uint64_t size = fs::file_size(file);
  if (size == 0) return;
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(static_cast<std::streamoff>(offset % size));
  stream << bytes_from_hex(digits);
}

}  // namespace

void edit_database(const fs::path& file, std::string_view script) {
  const std::vector<std::string> lines = lines_of(script);
  {
    Editor editor(file);
    for (const std::string& line : lines) {
      if (!is_of_bytes(line)) editor.execute(line);
    }
  }
  for (const std::string& line : lines) {
    if (is_of_bytes(line)) put_bytes(file, line);
  }
}

}  // namespace runner::fuzz
