#include "common/error.h"

#include <system_error>

namespace runner {

EnvironmentError::EnvironmentError(const std::string& what, int error_number)
    : EnvironmentError(what + ": " + std::generic_category().message(error_number)) {}

}  // namespace runner
