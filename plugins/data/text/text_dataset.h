#pragma once

#include "data/common/character_dataset.h"
#include "data/common/text_file.h"

namespace runner::text {

struct TextFileOptions : TextOptions {
  std::filesystem::path path;  // a UTF-8 file

  static Schema<TextFileOptions> schema() {
    Schema<TextFileOptions> schema;
    schema.add("path", &TextFileOptions::path).required().doc("a text file in UTF-8");
    add_text_options(schema);
    return schema;
  }
};

// One UTF-8 file.
class TextDataset final : public CharacterDataset {
 public:
  using Options = TextFileOptions;
  explicit TextDataset(const Options& options)
      : CharacterDataset(read_utf8_file(options.path, "path"), options, {options.path.string(), "path"}) {}
};

}  // namespace runner::text
