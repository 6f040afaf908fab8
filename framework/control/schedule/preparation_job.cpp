#include "control/schedule/preparation_job.h"

#include <csignal>
#include <stdexcept>

#include "common/error.h"
#include "control/schedule/event_fields.h"

namespace runner::schedule {
namespace {

constexpr size_t kMostProblems = 10'000;  // of one job; nobody reads more

// A plugin can write into its job's pipe. Throws std::invalid_argument for what the later readers would stumble on.
void check_answer(const Json& answer) {
  const Json& facts = facts_in(answer);
  if (facts.contains("valid_tokens")) integer_in(facts, "valid_tokens");
  if (!answer.value("token_work", Json::array()).is_array()) throw std::invalid_argument("token_work is no list");
}

}  // namespace

Problem PreparationJob::locate(const std::string& path, const std::string& message) const {
  return {subject_.trial, path, message};
}

void PreparationJob::hear(const protocol::Message& message) {
  if (message.type == "problem") {
    add_problem(message.body);
  } else if (message.type == "checked" || message.type == "prepared" || message.type == "devices") {
    check_answer(message.body);
    answer_ = message.body;
  }
}

void PreparationJob::add_problem(const Json& body) {
  if (problems_.size() == kMostProblems) throw std::invalid_argument("more problems than anybody reads");
  const std::string path = text_in(body, "path");
  problems_.push_back(locate(path.empty() ? subject_.path : path, sentence_in(body, "message")));
}

void PreparationJob::end(const ExitStatus& status, bool host_died) {
  const bool has_answered = status.succeeded() && !(answer_.is_null() && problems_.empty());
  if (has_answered && !host_died) return;
  const bool killed_by_others = status.signal == SIGKILL && !was_killed_for_silence();
  if (host_died) {
    machine_failure_ = "a worker host " + end_text(status);
  } else if (killed_by_others) {  // no plugin's own doing; most likely the system ran out of memory
    machine_failure_ = subject_.worker + " " + end_text(status);
  } else if (status.signal == 0 && status.code == static_cast<int>(ExitCode::environment)) {
    machine_failure_ = problems_.empty() ? "a worker " + end_text(status) : problems_.back().message;
  } else if (status.signal != 0 || problems_.empty()) {
    problems_.push_back(locate(subject_.path, subject_.worker + " " + end_text(status)));
  }
}

OptionCheck::OptionCheck(std::string command, Patience patience, std::vector<size_t> trials, const std::string& section,
                         const std::string& plugin)
    : PreparationJob(std::move(command), std::move(patience),
                     {trials.front(), section, "the worker that checked the options of \"" + plugin + "\""}),
      trials_(std::move(trials)) {}

TokenWork OptionCheck::token_work(size_t i) const {
  const Json works = answer().is_object() ? answer().value("token_work", Json::array()) : Json::array();
  if (i >= works.size() || !works[i].is_array() || works[i].size() != 2 || !works[i][0].is_number() ||
      !works[i][1].is_number())
    return {};
  return {works[i][0].get<double>(), works[i][1].get<double>()};
}

Problem OptionCheck::locate(const std::string& path, const std::string& message) const {
  const std::string& section = subject().path;
  const size_t first_dot = path.find('.');
  if (first_dot == std::string::npos) return {subject().trial, section, message};
  const size_t second_dot = path.find('.', first_dot + 1);
  const std::string option = second_dot == std::string::npos ? "" : path.substr(second_dot);
  return {trials_.at(std::stoul(path.substr(first_dot + 1))), section + (option.size() > 1 ? option : ""), message};
}

}  // namespace runner::schedule
