// What a trial recalls that goes on from a checkpoint: the events of its earlier attempts, one by one, since together
// they may be longer than any line.
#pragma once

#include <cstdint>
#include <vector>

#include "common/json.h"

namespace runner::schedule {

class Recollection {
 public:
  // With `started`, which says how many events are to come, at most `most`. A second `started` begins anew. Throws
  // std::invalid_argument, and changes nothing, for a number that cannot be.
  void begin(const Json& started, int64_t most);
  // Throws std::invalid_argument for one more than were announced.
  void add(const Json& event);

  // Whether nothing more is to come; so it is before it begins, too.
  bool is_complete() const { return static_cast<int64_t>(events_.size()) == announced_; }

  const Json& started() const { return started_; }
  const std::vector<Json>& events() const { return events_; }

 private:
  Json started_;
  int64_t announced_ = 0;
  std::vector<Json> events_;
};

}  // namespace runner::schedule
