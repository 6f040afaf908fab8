// What a plugin provides, for the catalog.
#pragma once

#include <string>

#include "common/json.h"

namespace runner::worker {

// {version, components: [{kind, name, doc, params: [spec, …]}]}; specs as in common/params_json.h. Opens the plugin and
// checks its schemas. Throws RequestError.
Json describe(const std::string& file);

}  // namespace runner::worker
