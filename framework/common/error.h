// The classes of failure a person can meet; each maps to one exit code of the runner and of the worker.
#pragma once

#include <stdexcept>
#include <string>

namespace runner {

// Exit codes are part of the command line's contract; never change a value.
enum class ExitCode : int {
  success = 0,
  trials_failed = 1,  // some trials failed
  bad_request = 2,    // the request was wrong: arguments, experiment file, name of a sweep
  environment = 3,    // the machine failed: disk, database, lock, LibTorch, a missing file
  interrupted = 130,  // SIGINT
  terminated = 143,   // SIGTERM
};

// The message of every error below is complete: what was wrong, where, what was expected, what to do. It is shown as
// is.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

// The person asked for something that cannot be.
class RequestError : public Error {
 public:
  explicit RequestError(const std::string& message) : Error(ExitCode::bad_request, message) {}
};

// The machine or something on it is not as it must be.
class EnvironmentError : public Error {
 public:
  explicit EnvironmentError(const std::string& message) : Error(ExitCode::environment, message) {}
  // Appends the text of `error_number`: "cannot open results.db: Permission denied".
  EnvironmentError(const std::string& what, int error_number);
};

}  // namespace runner
