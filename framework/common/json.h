// JSON is how configurations are kept, hashed, stored and sent to workers. Keys are sorted, so equal values have equal
// texts.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace runner {

using Json = nlohmann::json;

// The values of a configuration under their dotted paths: {"model": {"size": 3}} has "model.size". A list is one value.
std::map<std::string, Json> leaves_of(const Json& configuration);

}  // namespace runner
