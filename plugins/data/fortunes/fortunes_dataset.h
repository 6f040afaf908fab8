#pragma once

#include "data/common/token_dataset.h"
#include "data/fortunes/fortune_file.h"

namespace runner::text {

struct FortunesOptions : TextOptions {
  std::string corpus;                                          // name of a fortune file
  std::filesystem::path folder = "/usr/share/games/fortunes";  // where Debian's packages install them

  static Schema<FortunesOptions> schema() {
    Schema<FortunesOptions> schema;
    schema.add("corpus", &FortunesOptions::corpus).required().doc("name of a fortune file, such as tang300");
    schema.add("folder", &FortunesOptions::folder).doc("where the fortune files are");
    add_text_options(schema);
    return schema;
  }
};

// One fortune file: its records, without terminal escapes, one after the other.
class FortunesDataset final : public TokenDataset {
 public:
  using Options = FortunesOptions;
  explicit FortunesDataset(const Options& options, const DatasetContext& context = {})
      : TokenDataset(options, {fortune_source(options.folder, options.corpus), {}, {}}, context) {}
};

}  // namespace runner::text
