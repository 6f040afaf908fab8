// Debian's fortune files: records of text between lines of a single `%`, with colours for a terminal in them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "data/common/documents.h"

namespace runner::text {

// Without the escape sequences of ECMA-48: control sequences (ESC [ … letter, such as colours), strings (ESC ] … BEL,
// such as window titles) and two-character escapes.
std::string without_escapes(std::string_view text);

// The records joined by newlines: each line that is only `%` is dropped. Everything else stays, titles and authors too.
std::string joined_records(std::string_view text);

// The records of a corpus as one text; wrong bytes of it are counted in the file. Throws OptionError for `corpus` when
// it is no plain name or not in the folder, with the names of those that are, and for `folder` when that is no folder.
TextSource fortune_source(const std::filesystem::path& folder, const std::string& corpus);

}  // namespace runner::text
