// What is wrong with an experiment, and where.
#pragma once

#include <string>
#include <vector>

#include "common/error.h"

namespace runner::config {

// A place in an experiment file, or a word of the command line.
struct Location {
  std::string source;  // the file as the user named it, or "command line: train.epochs"
  int line = 0;        // from 1; 0: the source alone says where
  int column = 0;      // from 1
};

// "experiments/depth.yaml:12:7", or the source alone.
std::string to_string(const Location& location);

struct Diagnostic {
  Location where;
  std::string message;  // complete: what was wrong, what was expected, the nearest valid name
};

// Everything that is wrong, reported at once: what() is one "location: message" line a diagnostic, in the order of the
// file, without repetitions.
class ConfigError : public RequestError {
 public:
  explicit ConfigError(std::vector<Diagnostic> diagnostics);
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace runner::config
