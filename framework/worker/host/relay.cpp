#include "worker/host/relay.h"

#include <iostream>
#include <stdexcept>

namespace runner::worker {
namespace {

constexpr std::chrono::milliseconds kBetweenSigns{100};
constexpr int kMostTold = 10;         // what is dropped beyond is not worth the space in a log
constexpr size_t kLongestTold = 200;  // bytes

}  // namespace

bool Relay::hand_on() {
  if (!input_.is_open()) return false;
  const size_t before = said_.size();
  const bool open = read_available(input_.get(), said_);
  const bool said_something = said_.size() > before;
  const bool ends_a_line = said_.find('\n', before) != std::string::npos;  // a long one is not searched again and again
  for (std::string line; ends_a_line && take_line(said_, line);) hand_on(line);
  if (said_.size() > protocol::kLongestLine) {
    said_.clear();
    drop("a line without an end");
  }
  if (!open) input_.close();
  return open && said_something;
}

void Relay::hand_on(const std::string& line) {
  try {
    const protocol::Message message = protocol::parse(line);
    if (protocol::is_of_host(message.type)) return drop("an event that only its host may send: " + line);
    if (!comes_too_soon(message)) events_.forward(line);
  } catch (const std::invalid_argument&) {
    drop("what is no event: " + line);
  }
}

bool Relay::comes_too_soon(const protocol::Message& message) {
  if (message.type != "progress" && message.type != "alive") return false;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_sign_ < kBetweenSigns) return true;
  last_sign_ = now;
  return false;
}

void Relay::drop(const std::string& why) {
  if (++dropped_ > kMostTold) return;
  std::cerr << "worker: dropped " << why.substr(0, kLongestTold)
            << (dropped_ == kMostTold ? " (and no more is told)" : "") << std::endl;
}

}  // namespace runner::worker
