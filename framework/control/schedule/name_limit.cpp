#include "control/schedule/name_limit.h"

#include <utility>

#include "common/text.h"

namespace runner::schedule {

bool NameLimit::admits(const std::string& name) {
  if (names_.count(name) > 0) return true;
  if (name.size() <= kLongestName && names_.size() < most_) return names_.insert(name).second;
  if (!std::exchange(has_refused_, true)) {
    complaint_ = std::string("the ") + kind_ + " \"" + replace_invalid_utf8(name.substr(0, kLongestName)) +
                 "\" is not kept, nor is any other beyond what a trial may have: " + std::to_string(most_) +
                 " names of at most " + std::to_string(kLongestName) + " bytes";
  }
  return false;
}

std::optional<std::string> NameLimit::take_complaint() { return std::exchange(complaint_, std::nullopt); }

}  // namespace runner::schedule
