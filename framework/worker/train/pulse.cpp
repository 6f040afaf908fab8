#include "worker/train/pulse.h"

#include "worker/train/failure.h"

namespace runner::worker {

void Pulse::enter(const char* activity, int64_t epoch) {
  activity_ = activity;
  epoch_ = epoch;
  step_ = 0;
}

void Pulse::step(int64_t number) {
  step_ = number;
  if (stop_.requested()) throw Stopped{};
}

std::string Pulse::where() const {
  std::string text = std::string("while ") + activity_;
  if (epoch_ > 0) text += " in epoch " + std::to_string(epoch_);
  if (step_ > 0) text += ", step " + std::to_string(step_);
  return text;
}

bool Pulse::due() const { return Clock::now() - last_sign_ >= std::chrono::seconds(1); }

void Pulse::progress(Json body) { send("progress", std::move(body)); }

void Pulse::keep_alive() {
  if (due()) send("alive", Json::object());
}

void Pulse::send(const char* type, Json body) {
  body["trial"] = trial_;
  last_sign_ = Clock::now();
  events_.send(type, std::move(body));
}

}  // namespace runner::worker
