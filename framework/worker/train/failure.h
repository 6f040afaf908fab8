// Why a job ends before its time.
#pragma once

#include <string>

namespace runner::worker {

// Thrown between two steps when the job was told to stop.
struct Stopped {};

// What a job says of an exception.
struct Failure {
  // One sentence: without the C++ stack that LibTorch appends to its own, and for an OptionError with the option's name
  // in front.
  std::string message;
  // As in the event `failed` (common/protocol.h).
  std::string cause;
};

// Of the exception being handled, whatever its type; call it inside a catch block.
Failure current_failure();

// Calls `work` and returns whether it came to its end. The Failure of an exception goes to `report`. Stopped passes
// through, to be told by the caller.
template <typename Work, typename Report>
bool reporting_failure(Work work, Report report) {
  try {
    work();
    return true;
  } catch (const Stopped&) {
    throw;
  } catch (...) {
    report(current_failure());
  }
  return false;
}

}  // namespace runner::worker
