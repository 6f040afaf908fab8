#pragma once

#include "data/common/token_dataset.h"
#include "data/text/text_source.h"

namespace runner::text {

struct TextFileOptions : TextOptions {
  std::filesystem::path path;                         // the training text: see text_source.h
  std::filesystem::path valid_path;                   // a text of its own for validation; empty: none
  std::filesystem::path test_path;                    // a text of its own for testing; empty: none
  ByteSize max_bytes{static_cast<int64_t>(4) << 30};  // that a compressed file may unpack to

  static Schema<TextFileOptions> schema() {
    Schema<TextFileOptions> schema;
    schema.add("path", &TextFileOptions::path)
        .required()
        .doc("the text to train on: a UTF-8 file, plain, .gz, .xz or .zip, or a folder of such files");
    schema.add("valid_path", &TextFileOptions::valid_path)
        .doc("a text for validation, like path; instead of valid_fraction");
    schema.add("test_path", &TextFileOptions::test_path).doc("a text for testing, like path; instead of test_fraction");
    schema.add("max_bytes", &TextFileOptions::max_bytes)
        .at_least(1)
        .doc("what a .gz, .xz or .zip may unpack to; a larger one is refused");
    add_text_options(schema);
    return schema;
  }

  void check() const {
    TextOptions::check();
    if (!valid_path.empty() && valid_fraction > 0)
      throw OptionError("valid_fraction", "valid_fraction and valid_path exclude each other; leave one of them out");
    if (!test_path.empty() && test_fraction > 0)
      throw OptionError("test_fraction", "test_fraction and test_path exclude each other; leave one of them out");
  }
};

// Texts in files, archives or folders.
class TextDataset final : public TokenDataset {
 public:
  using Options = TextFileOptions;
  explicit TextDataset(const Options& options, const DatasetContext& context = {})
      : TokenDataset(options, sources_of(options), context) {}

 private:
  static CorpusSources sources_of(const Options& options) {
    const auto source = [&](const std::filesystem::path& path, const char* option) {
      return text_source(path, option, options.max_bytes.bytes);
    };
    CorpusSources sources{source(options.path, "path"), {}, {}};
    if (!options.valid_path.empty()) sources.valid = source(options.valid_path, "valid_path");
    if (!options.test_path.empty()) sources.test = source(options.test_path, "test_path");
    return sources;
  }
};

}  // namespace runner::text
