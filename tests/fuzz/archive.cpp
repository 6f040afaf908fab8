// Compressed texts and archives, told apart by their first bytes.
#include <runner/params.h>

#include "data/common/unicode.h"
#include "data/text/text_source.h"
#include "fuzz/target.h"

namespace runner::fuzz {
namespace {

constexpr int64_t kMaxBytes = 1 << 20;

const char* file_name(std::string_view bytes) {
  if (bytes.substr(0, 2) == "\x1f\x8b") return "a.gz";
  return bytes.substr(0, 5) ==
                 "\xfd"
                 "7zXZ"
             ? "a.xz"
             : "a.zip";
}

// Wants so many bytes.
class Reader final : public text::DocumentSink {
 public:
  explicit Reader(int64_t wanted) : wanted_(wanted) {}

  void begin(const std::string& name) override { require(!text::invalid_utf8(name), "names are for messages"); }
  bool add(std::string_view bytes) override {
    given_ += static_cast<int64_t>(bytes.size());
    require(given_ <= kMaxBytes, "an archive unpacks to no more than max_bytes");
    return given_ < wanted_;
  }
  void end() override {}

 private:
  const int64_t wanted_;
  int64_t given_ = 0;
};

void read(const std::filesystem::path& file, int64_t wanted) {
  Reader reader(wanted);
  try {
    text::text_source(file, "path", kMaxBytes).read(reader);
  } catch (const OptionError& error) {
    require(!text::invalid_utf8(error.what()), "a refusal is valid UTF-8, whatever an entry is called");
  }
}

}  // namespace

void run(std::string_view input) {
  const std::filesystem::path file = as_file(input, file_name(input));
  read(file, 1);
  read(file, 2 * kMaxBytes);
}

}  // namespace runner::fuzz
