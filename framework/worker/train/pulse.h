// The pulse of a running trial: where it is, a sign of life every second, and whether it may go on.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "worker/train/events.h"

namespace runner::worker {

class Pulse {
 public:
  Pulse(int64_t trial, Events& events, const StopSignal& stop) : trial_(trial), events_(events), stop_(stop) {}

  // Says what the trial does from here on, for messages: "training", "sampling". Epoch 0: before the first.
  void enter(const char* activity, int64_t epoch = 0);
  // To be called before each step of an activity, numbered from 1. Throws Stopped when the trial was told to stop.
  void step(int64_t number);
  // "while training in epoch 3, step 12"
  std::string where() const;

  // Whether a second has passed since the last sign of life.
  bool due() const;
  // Sends a `progress` event; `body` lacks only the trial.
  void progress(Json body);
  // Sends `alive` when a sign of life is due, for activities that have no numbers to show.
  void keep_alive();

 private:
  using Clock = std::chrono::steady_clock;

  void send(const char* type, Json body);

  const int64_t trial_;
  Events& events_;
  const StopSignal& stop_;
  const char* activity_ = "starting";
  int64_t epoch_ = 0;
  int64_t step_ = 0;
  Clock::time_point last_sign_ = Clock::now();
};

}  // namespace runner::worker
