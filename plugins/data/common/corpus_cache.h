#pragma once

#include <filesystem>

#include "data/common/corpus.h"

namespace runner::text {

// load_corpus, but for a corpus that was opened before with this folder: its text is not read again. A changed file is.
// Of several processes that open it at once, one reads and the others wait. The same tokens either way, bit for bit,
// and the same errors. An empty folder: always loaded.
Corpus open_corpus(const TextOptions& options, const CorpusSources& sources, const std::filesystem::path& folder);

}  // namespace runner::text
