#include "control/cli/output.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <system_error>

#include "common/error.h"
#include "common/new_file.h"
#include "common/paths.h"

namespace runner::cli {
namespace {

namespace fs = std::filesystem;

void require_replaceable(const fs::path& file, bool replace) {
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  if (!fs::exists(status)) return;
  if (!fs::is_regular_file(status)) throw RequestError(file.string() + " is no ordinary file: name another one");
  if (!replace) throw RequestError(file.string() + " exists: name another file, or replace it with --force");
}

// What a link leads to, not the link.
fs::path followed(const fs::path& file) {
  std::error_code error;
  const fs::path absolute = fs::absolute(file, error);
  fs::path target = fs::weakly_canonical(error ? file : absolute, error);
  return error ? file : target;
}

bool is_within(const fs::path& file, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), file.begin(), file.end()).first == folder.end();
}

bool belongs_to(const fs::path& file, const fs::path& database) {
  if (is_within(file, followed(files_folder(database)))) return true;
  const auto is_part = [&](const char* ending) {
    std::error_code not_there;
    const fs::path part = database.string() + ending;
    return file == followed(part) || fs::equivalent(file, part, not_there);
  };
  constexpr const char* kEndings[] = {"", "-wal", "-shm", "-journal", "-lock"};
  return std::any_of(std::begin(kEndings), std::end(kEndings), is_part);
}

void write_file(const std::string& text, const fs::path& file) {
  NewFile out(file);
  out.write(text);
  out.finish();
}

}  // namespace

fs::path replaceable_file(const std::string& name, bool replace, const fs::path& database) {
  fs::path target = followed(name);
  if (belongs_to(target, database)) {
    throw RequestError(name + " belongs to " + database.string() +
                       ", where it and its trials keep what is nowhere else: name another file");
  }
  require_replaceable(name, replace);
  return target;
}

void write_answer(const std::string& text, const std::string& file, bool replace, const fs::path& database) {
  if (file.empty() || file == "-") {
    std::cout << text;
    return;
  }
  write_file(text, replaceable_file(file, replace, database));
}

}  // namespace runner::cli
