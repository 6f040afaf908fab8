#pragma once

#include <optional>
#include <string>

#include "data/common/corpus.h"

namespace runner::text {

// A SHA-256 of all that decides a corpus: the options, and of every file its path, size, times, device and inode.
// Corpora of equal keys are equal. None when that cannot be told: a source names no files, one of them is missing, or
// was changed so shortly ago that another change would leave it with the same times.
std::optional<std::string> corpus_key(const TextOptions& options, const CorpusSources& sources);

}  // namespace runner::text
