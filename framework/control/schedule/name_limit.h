// Which names of one kind a trial may have: of its metrics, its facts, its flags. A plugin can make up as many as it
// likes; what is beyond the limit is not kept, and the trial goes on.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>

namespace runner::schedule {

class NameLimit {
 public:
  static constexpr size_t kLongestName = 200;  // bytes

  // `kind` as in "the metric …"; at most `most` different ones.
  NameLimit(const char* kind, size_t most) : kind_(kind), most_(most) {}

  bool admits(const std::string& name);

  // What is to be said of the first name that was not admitted; nothing once it has been taken.
  std::optional<std::string> take_complaint();

 private:
  const char* kind_;
  size_t most_;
  std::set<std::string> names_;
  bool has_refused_ = false;
  std::optional<std::string> complaint_;
};

}  // namespace runner::schedule
