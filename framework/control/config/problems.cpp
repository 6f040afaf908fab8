#include "control/config/problems.h"

#include "common/text.h"

namespace runner::config {

void Problems::add(const Place& where, std::string message) {
  diagnostics_.push_back({to_location(where), std::move(message)});
}

void Problems::raise_if_any() const {
  if (!diagnostics_.empty()) throw ConfigError(diagnostics_);
}

std::string did_you_mean(const std::string& name, const std::vector<std::string>& candidates) {
  const auto nearest = nearest_name(name, candidates);
  return nearest ? "; did you mean \"" + *nearest + "\"?" : "";
}

std::string unknown_key(const std::string& key, const std::string& where, const std::vector<std::string>& valid) {
  const std::string hint = did_you_mean(key, valid);
  const std::string list = valid.empty() ? "it has no keys" : "valid: " + join(valid, ", ");
  return "unknown key \"" + key + "\" in " + where + (hint.empty() ? "; " : hint + " ") + list;
}

}  // namespace runner::config
