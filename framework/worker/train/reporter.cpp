#include "worker/train/reporter.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace runner::worker {
namespace {

bool is_remembered(const std::string& type) {
  static const std::set<std::string> types = {"epoch", "sample", "flag"};
  return types.count(type) > 0;
}

}  // namespace

void Reporter::send(const char* type, Json body) {
  if (is_remembered(type)) {
    told_.push_back(body);
    told_.back()["type"] = type;
  }
  body["trial"] = trial_;
  events_.send(type, std::move(body));
}

Json Reporter::told_before(int64_t epoch) const {
  Json events = Json::array();
  for (const Json& event : told_) {
    if (event.value("epoch", int64_t{0}) < epoch) events.push_back(event);
  }
  return events;
}

void Reporter::remember(const Json& events) { told_.assign(events.begin(), events.end()); }

void Reporter::recall() const {
  for (const Json& event : told_) events_.send("recalled", {{"trial", trial_}, {"event", event}});
}

bool Reporter::has_flagged(const std::string& flag) const {
  return std::any_of(told_.begin(), told_.end(), [&](const Json& event) { return event.value("flag", "") == flag; });
}

}  // namespace runner::worker
