#include "common/json.h"

#include <limits>
#include <stdexcept>

namespace runner {
namespace {

void collect_leaves(const Json& value, const std::string& path, std::map<std::string, Json>& leaves) {
  if (!value.is_object()) {
    leaves[path] = value;
    return;
  }
  for (const auto& [key, child] : value.items()) collect_leaves(child, path.empty() ? key : path + "." + key, leaves);
}

bool is_shallow(int depth, Json::parse_event_t event, const Json&) {
  using Event = Json::parse_event_t;
  if (depth < kDeepestJson || (event != Event::object_start && event != Event::array_start)) return true;
  throw std::invalid_argument("it is nested more than " + std::to_string(kDeepestJson) + " levels deep");
}

}  // namespace

bool is_int64(const Json& value) {
  constexpr auto kLargest = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  return value.is_number_unsigned() ? value.get<uint64_t>() <= kLargest : value.is_number_integer();
}

Json parse_json(std::string_view text) {
  try {
    return Json::parse(text.begin(), text.end(), is_shallow);
  } catch (const Json::exception& error) {
    throw std::invalid_argument(std::string("it is no JSON: ") + error.what());
  }
}

int64_t integer_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found != object.end() && is_int64(*found)) return found->get<int64_t>();
  throw std::invalid_argument(std::string(name) + " must be a whole number, found " +
                              (found == object.end() ? "nothing" : found->dump()));
}

int64_t integer_in(const Json& object, const char* name, int64_t otherwise) {
  return object.contains(name) ? integer_in(object, name) : otherwise;
}

std::map<std::string, Json> leaves_of(const Json& configuration) {
  std::map<std::string, Json> leaves;
  collect_leaves(configuration, "", leaves);
  return leaves;
}

}  // namespace runner
