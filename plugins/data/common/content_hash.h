#pragma once

#include <string>

#include "data/common/corpus.h"

namespace runner::text {

// Dataset::content_hash of a corpus. Reads every token.
std::string content_hash(const Corpus& corpus);

}  // namespace runner::text
