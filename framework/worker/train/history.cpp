#include "worker/train/history.h"

#include <map>
#include <stdexcept>
#include <string>

namespace runner::worker {
namespace {

// The getters of the library throw for another type.
void check_text(const Json& value) { value.get<std::string>(); }

void check_epoch(const Json& event, int64_t expected) {
  const int64_t found = integer_in(event, "epoch");
  if (found != expected) {
    throw std::invalid_argument("its history tells of epoch " + std::to_string(found) + ", expected " +
                                std::to_string(expected));
  }
  event.at("metrics").get<std::map<std::string, double>>();
  event.at("reasons").get<std::map<std::string, std::string>>();
  if (event.contains("stops_early")) check_text(event.at("stops_early"));
}

void check_sample(const Json& event, int64_t epochs_told) {
  const int64_t epoch = integer_in(event, "epoch");
  if (epoch < 1 || epoch > epochs_told) {
    throw std::invalid_argument("its history has a sample of epoch " + std::to_string(epoch));
  }
  check_text(event.at("prefix"));
  check_text(event.at("text"));
}

void check_flag(const Json& event) {
  check_text(event.at("flag"));
  check_text(event.at("message"));
}

}  // namespace

void check_history(const Json& history, int64_t epoch) {
  if (!history.is_array()) throw std::invalid_argument("its history is no list");
  int64_t told = 0;
  for (const Json& event : history) {
    const auto type = event.at("type").get<std::string>();
    if (type == "epoch") {
      check_epoch(event, ++told);
    } else if (type == "sample") {
      check_sample(event, told);
    } else if (type == "flag") {
      check_flag(event);
    } else {
      throw std::invalid_argument("its history has an event \"" + type + "\"");
    }
  }
  if (told == epoch - 1) return;
  throw std::invalid_argument("its history ends with epoch " + std::to_string(told) + ", expected " +
                              std::to_string(epoch - 1));
}

}  // namespace runner::worker
