// What a trial says to the runner, and its memory of what must be said again after an interruption.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "worker/train/events.h"

namespace runner::worker {

class Reporter {
 public:
  Reporter(int64_t trial, Events& events) : trial_(trial), events_(events) {}

  // Sends an event of the trial. `epoch`, `sample` and `flag` are remembered.
  void send(const char* type, Json body);

  // What is remembered of the epochs before this one, and what belongs to none: an array of events without the trial.
  Json told_before(int64_t epoch) const;
  // Makes this the memory.
  void remember(const Json& events);
  // Says again all that is remembered, as so many `recalled` events.
  size_t remembered() const { return told_.size(); }
  void recall() const;

  bool has_flagged(const std::string& flag) const;

 private:
  const int64_t trial_;
  Events& events_;
  std::vector<Json> told_;
};

}  // namespace runner::worker
