#include "data/common/text_file.h"

#include <runner/params.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace runner::text {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePtr = std::unique_ptr<std::FILE, Close>;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& option, int error_number) {
  refuse_to_read(file.string(), option, std::generic_category().message(error_number));
}

void check_kind(const std::filesystem::path& file, const std::string& option) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (status.type() == std::filesystem::file_type::none) refuse_to_read(file.string(), option, error.message());
  if (!exists(status)) refuse_to_read(file.string(), option, "there is no such file");
  if (is_directory(status)) refuse_to_read(file.string(), option, "it is a directory, expected a text file");
  if (!is_regular_file(status)) refuse_to_read(file.string(), option, "it is no regular file");
}

}  // namespace

void refuse_to_read(const std::string& name, const std::string& option, const std::string& reason) {
  throw OptionError(option, "cannot read " + name + ": " + reason);
}

void refuse_utf8(const std::string& name, const std::string& option, size_t offset) {
  refuse_to_read(
      name, option,
      "it is not valid UTF-8: see its byte " + std::to_string(offset) + ", counted from 0; convert it to UTF-8");
}

bool read_file(const std::filesystem::path& file, const std::string& option, DocumentSink& sink) {
  check_kind(file, option);
  const FilePtr in(std::fopen(file.c_str(), "rb"));
  if (!in) refuse(file, option, errno);
  sink.begin(file.string());
  const auto piece = std::make_unique<char[]>(kPieceSize);
  while (const size_t count = std::fread(piece.get(), 1, kPieceSize, in.get())) {
    if (!sink.add({piece.get(), count})) return false;
  }
  if (std::ferror(in.get())) refuse(file, option, errno);
  sink.end();
  return true;
}

}  // namespace runner::text
