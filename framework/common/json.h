// JSON is how configurations are kept, hashed, stored and sent to workers. Keys are sorted, so equal values have equal
// texts.
#pragma once

#include <nlohmann/json.hpp>

namespace runner {

using Json = nlohmann::json;

}  // namespace runner
