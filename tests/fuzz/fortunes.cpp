// Fortune files: records, and escape sequences for a terminal in them.
#include "data/fortunes/fortune_file.h"

#include <runner/params.h>

#include "fuzz/target.h"

namespace runner::fuzz {
namespace {

class Ignored final : public text::DocumentSink {
  void begin(const std::string&) override {}
  bool add(std::string_view) override { return true; }
  void end() override {}
};

}  // namespace

void run(std::string_view input) {
  const std::string plain = text::without_escapes(input);
  require(plain.find('\x1b') == std::string::npos, "no escape is left");
  require(text::joined_records(plain).size() <= plain.size(), "joining adds nothing");
  as_file(input, "poems");
  try {
    Ignored sink;
    text::fortune_source(folder(), "poems").read(sink);
  } catch (const OptionError&) {
  }
}

}  // namespace runner::fuzz
