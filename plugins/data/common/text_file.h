#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "data/common/documents.h"

namespace runner::text {

// How much is read at once.
constexpr size_t kPieceSize = 1 << 18;

// Throws OptionError for `option`: "cannot read NAME: REASON".
[[noreturn]] void refuse_to_read(const std::string& name, const std::string& option, const std::string& reason);
// The same for bytes that are no UTF-8; `offset` is that of the first wrong one, from 0.
[[noreturn]] void refuse_utf8(const std::string& name, const std::string& option, size_t offset);

// Gives a file to the sink as one document. Throws OptionError for `option`, naming the file and the reason, when it is
// missing, a directory, no regular file or unreadable. Returns whether the sink wants more.
bool read_file(const std::filesystem::path& file, const std::string& option, DocumentSink& sink);

}  // namespace runner::text
