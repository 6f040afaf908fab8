// Compressed files and archives, read through libarchive. Archives are anybody's bytes: nothing of them is written to
// disk, and what they unpack to is bounded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "data/common/documents.h"

namespace runner::text {

enum class Compression { gzip, xz };

// Both give their text to the sink, return whether it wants more, and throw OptionError for `option` when the file
// cannot be read, is damaged or is not what its name says, and for `max_bytes` when it unpacks to more than that.

// One document.
bool read_compressed(const std::filesystem::path& file, Compression compression, const std::string& option,
                     int64_t max_bytes, DocumentSink& sink);

// Each regular file in it is a document, in the order of their names, byte by byte. Hidden files (a part of their name
// begins with a dot, or is __MACOSX) are left out. Links, devices, names that lead out of the archive
// and methods other than deflation and bzip2 are refused.
// An entry that lies in the archive before its turn is held in memory until then.
bool read_zip(const std::filesystem::path& file, const std::string& option, int64_t max_bytes, DocumentSink& sink);

}  // namespace runner::text
