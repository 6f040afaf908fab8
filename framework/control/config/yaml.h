// YAML text to a tree. Stricter than YAML: one document, no tags, no merge keys, unique text keys, no cycles.
#pragma once

#include <string_view>

#include "control/config/node.h"
#include "control/config/problems.h"

namespace runner::config {

// Limits of a tree, behind aliases counted each time: a file of a few hundred bytes could otherwise stand for more
// nodes than any memory holds.
inline constexpr size_t kMaxNodes = 2'000'000;
inline constexpr int kMaxLevels = 64;

// What a text's places look like.
enum class Positions {
  line_and_column,
  source_only,  // of a word of the command line
};

// The document's root. What can be passed over (a repeated key, a tag) goes to `problems` and parsing continues. Throws
// ConfigError, with what `problems` holds already, when there is no tree: invalid UTF-8, a syntax error, an endless or
// exploding alias. An empty text is a null node.
NodePtr parse_yaml(std::string_view text, const std::string& source, Positions positions, Problems& problems);

}  // namespace runner::config
