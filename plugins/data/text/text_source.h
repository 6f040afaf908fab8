#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "data/common/documents.h"

namespace runner::text {

// The text at `path`: a UTF-8 file, one compressed by gzip (.gz) or xz (.xz), the files in a .zip, or those in a folder
// and below it, in the order of their paths, each of them any of the former. A folder and its zip are the same text.
// In a folder hidden files are left out as in a zip, links that stay in the folder are not followed, and those that
// leave it are refused, as are devices. `max_bytes` bounds what any one compressed file unpacks to.
TextSource text_source(const std::filesystem::path& path, const std::string& option, int64_t max_bytes);

}  // namespace runner::text
