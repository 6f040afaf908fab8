#include "common/check.h"

#include <utility>

namespace runner {

const char* state_name(CheckState state) {
  switch (state) {
    case CheckState::ok:
      return "ok";
    case CheckState::warning:
      return "warning";
    case CheckState::repaired:
      return "repaired";
    case CheckState::error:
      return "error";
  }
  return "";
}

Check judged(Check check, CheckState state, std::string advice) {
  check.state = state;
  check.advice = std::move(advice);
  return check;
}

}  // namespace runner
