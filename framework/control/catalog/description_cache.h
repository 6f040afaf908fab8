// Descriptions of plugins, kept from one run to the next: $XDG_CACHE_HOME/runner/plugins/<sha256>-<protocol>.json, the
// text that `worker --describe` printed. Losing the cache costs time, nothing else: what cannot be read is described
// again, and what cannot be written is not an error.
#pragma once

#include <optional>
#include <string>

namespace runner::catalog {

std::optional<std::string> read_cached_description(const std::string& sha256);

// Replaces the file as a whole, so that a reader never sees half of it.
void write_cached_description(const std::string& sha256, const std::string& description);

}  // namespace runner::catalog
