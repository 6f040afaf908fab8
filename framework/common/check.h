// What a doctor says of one thing that was looked at.
#pragma once

#include <string>
#include <vector>

namespace runner {

// warning: it works, but not as well as it could. repaired: it was wrong, and is not any more. error: something does
// not work.
enum class CheckState { ok, warning, repaired, error };
const char* state_name(CheckState state);

struct Check {
  std::string name;   // a word for programs, such as "thread_variables"
  std::string found;  // for people
  CheckState state = CheckState::ok;
  std::string advice;  // what is wrong and what to do, or what was done; empty when nothing is wrong
};

using Checks = std::vector<Check>;

// The same check with a verdict on what was found.
Check judged(Check check, CheckState state, std::string advice);

}  // namespace runner
