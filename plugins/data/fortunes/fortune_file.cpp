#include "data/fortunes/fortune_file.h"

#include <runner/params.h>

#include <algorithm>
#include <system_error>
#include <vector>

#include "data/common/text_file.h"
#include "data/common/unicode.h"

namespace runner::text {
namespace {
namespace fs = std::filesystem;

constexpr char kEscape = '\x1b';

bool is_between(char c, char first, char last) { return c >= first && c <= last; }

// The position after the escape sequence that begins at `at`.
size_t after_escape(std::string_view text, size_t at) {
  size_t i = at + 1;
  if (i == text.size()) return i;
  if (text[i] == '[') {  // parameter and intermediate bytes, then one final byte
    for (++i; i < text.size() && is_between(text[i], ' ', '?');) ++i;
    return i < text.size() && is_between(text[i], '@', '~') ? i + 1 : i;
  }
  if (text[i] == ']') {  // up to BEL or ESC backslash, within the line
    const size_t end = text.find_first_of("\a\n\x1b", i);
    if (end == std::string_view::npos) return text.size();
    return text[end] == '\a' ? end + 1 : text.substr(end, 2) == "\x1b\\" ? end + 2 : end;
  }
  return is_between(text[i], '0', '~') ? i + 1 : i;
}

// Fortune files have no ending; NAME.dat is an index, NAME.u8 another name of NAME.
std::vector<std::string> corpora_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && !entry.path().has_extension()) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

[[noreturn]] void refuse_corpus(const fs::path& folder, const std::string& corpus) {
  std::string message = "there is no corpus \"" + corpus + "\" in " + folder.string() + "; expected ";
  const auto names = corpora_in(folder);
  for (size_t i = 0; i < names.size(); ++i) message += (i == 0 ? "one of " : ", ") + names[i];
  message += names.empty() ? "fortune files there: install the package fortunes-zh, or set folder"
                           : "; the package fortunes-zh brings tang300, song100 and chinese";
  throw OptionError("corpus", message);
}

fs::path corpus_file(const fs::path& folder, const std::string& corpus) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw OptionError("folder", "there is no folder " + folder.string() +
                                    " with fortune files: install the package fortunes-zh, or set folder");
  }
  const fs::path name(corpus);
  const bool plain = !corpus.empty() && !name.has_parent_path() && corpus != "." && corpus != "..";
  if (!plain || !fs::exists(folder / name, error)) refuse_corpus(folder, corpus);
  return folder / name;
}

// Escapes and records are taken out of the whole, which fortune files are small enough for.
class Collected final : public DocumentSink {
 public:
  void begin(const std::string&) override {}
  bool add(std::string_view bytes) override { return text.append(bytes), true; }
  void end() override {}
  std::string text;
};

void read_fortunes(const fs::path& file, DocumentSink& sink) {
  Collected raw;
  read_file(file, "corpus", raw);
  if (const auto bad = invalid_utf8(raw.text)) refuse_utf8(file.string(), "corpus", *bad);
  sink.begin(file.string());
  if (sink.add(joined_records(without_escapes(raw.text)))) sink.end();
}

}  // namespace

std::string without_escapes(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t escape = std::min(text.find(kEscape, at), text.size());
    plain.append(text, at, escape - at);
    at = escape < text.size() ? after_escape(text, escape) : escape;
  }
  return plain;
}

std::string joined_records(std::string_view text) {
  std::string joined;
  joined.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (line != "%" && line != "%\r") joined.append(line).push_back('\n');
    at = end + 1;
  }
  if (!joined.empty()) joined.pop_back();  // newlines stand between records, not after the last
  return joined;
}

TextSource fortune_source(const fs::path& folder, const std::string& corpus) {
  const fs::path file = corpus_file(folder, corpus);
  return {file.string(), "corpus", [file](DocumentSink& sink) { read_fortunes(file, sink); },
          [file] { return std::vector<fs::path>{file}; }, "fortunes"};
}

}  // namespace runner::text
