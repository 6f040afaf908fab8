// What a job says, on its way through the host to the runner.
#pragma once

#include <chrono>
#include <string>

#include "common/process.h"
#include "common/protocol.h"
#include "worker/host/event_pipe.h"

namespace runner::worker {

// Hands whole lines on, those that are events of a job. A plugin can write into its job's pipe whatever it likes; the
// rest is dropped, and the first of it told on standard error, which the runner keeps as the output of the job. Signs
// of life are passed on ten times a second at most. However much comes, only one line of it is held.
class Relay {
 public:
  // Reads from `input`, which is in non-blocking mode. Borrows `events`.
  Relay(FileDescriptor input, EventPipe& events) : input_(std::move(input)), events_(events) {}

  // To wait for; -1 when the job will say no more.
  int descriptor() const { return input_.get(); }
  // Hands on what has come. False when there is nothing now, or never again.
  bool hand_on();

 private:
  void hand_on(const std::string& line);
  bool comes_too_soon(const protocol::Message& message);
  void drop(const std::string& why);

  FileDescriptor input_;
  EventPipe& events_;
  std::string said_;  // up to and with an incomplete line
  std::chrono::steady_clock::time_point last_sign_{};
  int dropped_ = 0;
};

}  // namespace runner::worker
