// Why a job ends before its time.
#pragma once

#include <exception>
#include <new>
#include <string>

namespace runner::worker {

// Thrown between two steps when the job was told to stop.
struct Stopped {};

// The sentence of an exception: without the C++ stack that LibTorch appends to its own, and for an OptionError with the
// option's name in front.
std::string message_of(const std::exception& error);

// Calls `work` and returns whether it came to its end. The message of an exception goes to `report`. Two things pass
// through, to be told by the caller: std::bad_alloc and Stopped.
template <typename Work, typename Report>
bool reporting_failure(Work work, Report report) {
  try {
    work();
    return true;
  } catch (const Stopped&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    report(message_of(error));
  } catch (...) {
    report("a plugin threw something that is no std::exception");
  }
  return false;
}

}  // namespace runner::worker
