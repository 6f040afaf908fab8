// JSON is how configurations are kept, hashed, stored and sent to workers. Keys are sorted, so equal values have equal
// texts.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace runner {

using Json = nlohmann::json;

// Values nest no deeper than that where the text is not ours: to copy or print one takes stack for each of its levels.
inline constexpr int kDeepestJson = 64;

// The value that a text from outside (a message, a file) stands for. Throws std::invalid_argument for what is no JSON
// or is nested deeper than kDeepestJson.
Json parse_json(std::string_view text);

// Whether it is a whole number that an int64_t holds: the library would let a larger one become negative.
bool is_int64(const Json& value);

// The whole number of that name in an object, or `otherwise` where there is none. Throws std::invalid_argument for
// anything else: the library would turn a real number into an integer, also one that no integer can hold.
int64_t integer_in(const Json& object, const char* name);
int64_t integer_in(const Json& object, const char* name, int64_t otherwise);

// The values of a configuration under their dotted paths: {"model": {"size": 3}} has "model.size". A list is one value.
std::map<std::string, Json> leaves_of(const Json& configuration);

}  // namespace runner
