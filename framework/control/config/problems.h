// Collects what is wrong, so that everything is reported at once.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "control/config/diagnostics.h"
#include "control/config/node.h"

namespace runner::config {

class Problems {
 public:
  void add(const Place& where, std::string message);
  size_t count() const { return diagnostics_.size(); }
  // Throws ConfigError when there is anything to report.
  void raise_if_any() const;

 private:
  std::vector<Diagnostic> diagnostics_;
};

// "; did you mean \"x\"?" when a candidate is near, else nothing.
std::string did_you_mean(const std::string& name, const std::vector<std::string>& candidates);

// `unknown key "hiden_size" in model (plugin lstm); did you mean "hidden_size"? valid: …`
std::string unknown_key(const std::string& key, const std::string& where, const std::vector<std::string>& valid);

}  // namespace runner::config
