#include "control/schedule/recollection.h"

#include <stdexcept>

#include "control/schedule/event_fields.h"

namespace runner::schedule {

void Recollection::begin(const Json& started, int64_t most) {
  const int64_t announced = started.contains("recalls") ? integer_between(started, "recalls", 0, most) : 0;
  started_ = started;
  announced_ = announced;
  events_.clear();
}

void Recollection::add(const Json& event) {
  if (is_complete()) throw std::invalid_argument("it recalls more than it said it would");
  events_.push_back(event);
}

}  // namespace runner::schedule
