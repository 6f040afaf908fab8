// Lines of the worker protocol, in either direction.
#include "common/protocol.h"

#include <optional>
#include <stdexcept>

#include "common/process.h"
#include "fuzz/target.h"

namespace runner::fuzz {
namespace {

template <typename Read>
auto accepted(Read read) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

template <typename Job>
void check_job(const Json& body, Job (*from_json)(const Json&)) {
  const auto job = accepted([&] { return from_json(body); });
  if (!job) return;
  const std::string line = protocol::command_line(*job);
  require(line.find('\n') == line.size() - 1, "a job is one line");
  require(protocol::command_line(from_json(protocol::parse(line).body)) == line, "a job reads back");
}

void check_line(const std::string& line) {
  const auto message = accepted([&] { return protocol::parse(line); });
  if (!message) return;
  check_job(message->body, protocol::check_job_from_json);
  check_job(message->body, protocol::prepare_job_from_json);
  check_job(message->body, protocol::train_job_from_json);
  check_job(message->body, protocol::sample_job_from_json);
  const std::string again = protocol::event_line(message->type.c_str(), message->body);
  require(protocol::parse(again).body == message->body, "an event reads back");
}

}  // namespace

void run(std::string_view input) {
  std::string rest(input);
  for (std::string line; take_line(rest, line);) check_line(line);
  check_line(rest);
}

}  // namespace runner::fuzz
