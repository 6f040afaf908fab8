#include "data/common/text_file.h"

#include <runner/params.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "data/common/characters.h"

namespace runner::text {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePtr = std::unique_ptr<std::FILE, Close>;

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& option, const std::string& reason) {
  throw OptionError(option, "cannot read " + file.string() + ": " + reason);
}

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& option, int error_number) {
  fail(file, option, std::generic_category().message(error_number));
}

void check_kind(const std::filesystem::path& file, const std::string& option) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (status.type() == std::filesystem::file_type::none) fail(file, option, error.message());
  if (!exists(status)) fail(file, option, "there is no such file");
  if (is_directory(status)) fail(file, option, "it is a directory, expected a text file");
  if (!is_regular_file(status)) fail(file, option, "it is no regular file");
}

std::string read_bytes(const std::filesystem::path& file, const std::string& option) {
  check_kind(file, option);
  const FilePtr in(std::fopen(file.c_str(), "rb"));
  if (!in) fail(file, option, errno);
  std::string bytes;
  std::error_code ignored;  // of a size that only spares copies
  const auto size = std::filesystem::file_size(file, ignored);
  if (!ignored) bytes.reserve(size + 1);
  constexpr size_t kPiece = 1 << 20;
  const auto piece = std::make_unique<char[]>(kPiece);
  while (const size_t count = std::fread(piece.get(), 1, kPiece, in.get())) bytes.append(piece.get(), count);
  if (std::ferror(in.get())) fail(file, option, errno);
  return bytes;
}

}  // namespace

std::string read_utf8_file(const std::filesystem::path& file, const std::string& option) {
  std::string text = read_bytes(file, option);
  if (text.empty()) fail(file, option, "it is empty, expected UTF-8 text");
  if (const auto bad = invalid_utf8(text)) {
    fail(file, option,
         "it is not valid UTF-8: see its byte " + std::to_string(*bad) + ", counted from 0; convert it to UTF-8");
  }
  return text;
}

}  // namespace runner::text
