#include "common/json.h"

namespace runner {
namespace {

void collect_leaves(const Json& value, const std::string& path, std::map<std::string, Json>& leaves) {
  if (!value.is_object()) {
    leaves[path] = value;
    return;
  }
  for (const auto& [key, child] : value.items()) collect_leaves(child, path.empty() ? key : path + "." + key, leaves);
}

}  // namespace

std::map<std::string, Json> leaves_of(const Json& configuration) {
  std::map<std::string, Json> leaves;
  collect_leaves(configuration, "", leaves);
  return leaves;
}

}  // namespace runner
