#include "control/cli/output.h"

#include <filesystem>
#include <iostream>
#include <system_error>

#include "common/error.h"
#include "common/new_file.h"

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

void write_file(const std::string& text, const fs::path& file) {
  NewFile out(file);
  out.write(text);
  out.finish();
}

}  // namespace

fs::path replaceable_file(const std::string& name, bool replace) {
  require_replaceable(name, replace);
  std::error_code error;
  fs::path target = fs::weakly_canonical(name, error);  // what a link leads to, not the link
  return error ? fs::path(name) : target;
}

void write_answer(const std::string& text, const std::string& file, bool replace) {
  if (file.empty() || file == "-") {
    std::cout << text;
    return;
  }
  write_file(text, replaceable_file(file, replace));
}

}  // namespace runner::cli
