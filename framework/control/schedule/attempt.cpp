#include "control/schedule/attempt.h"

#include <array>
#include <cstdio>

#include "common/error.h"
#include "common/process.h"
#include "control/store/flags.h"

namespace runner::schedule {
namespace {

store::Fact fact_from_json(const Json& value) {
  if (value.is_number_integer()) return value.get<int64_t>();
  if (value.is_number()) return value.get<double>();
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::optional<double> number_in(const Json& facts, const char* name) {
  const auto found = facts.find(name);
  return found != facts.end() && found->is_number() ? std::optional<double>(found->get<double>()) : std::nullopt;
}

std::string format(const char* pattern, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), pattern, value);
  return text.data();
}

}  // namespace

Attempt::Attempt(Task& task, std::string device, const std::filesystem::path& folder, store::Store& store,
                 Observer& observer)
    : task_(task),
      device_(std::move(device)),
      store_(store),
      observer_(observer),
      log_(folder, task.restarts + task.lost_hosts > 0 ? TrialLog::Start::behind : TrialLog::Start::anew),
      unigram_watch_(number_in(task.facts, "unigram_perplexity")) {}

void Attempt::end_because(EndReason reason, const std::string& limit) {
  if (reason_ != EndReason::none) return;
  reason_ = reason;
  limit_ = limit;
  end_requested_at_ = Clock::now();
}

void Attempt::on_event(const protocol::Message& message) {
  const Json& body = message.body;
  if (message.type == "forked") {
    on_forked(body);
  } else if (message.type == "started") {
    add_facts(body.value("facts", Json::object()));
  } else if (message.type == "progress") {
    observer_.on_progress(task_.view,
                          {integer_in(body, "epoch", 0), integer_in(body, "batch", 0), integer_in(body, "batches", 0),
                           body.value("loss", 0.0), body.value("tokens_per_second", 0.0)});
  } else if (message.type == "epoch") {
    on_epoch(body);
  } else if (message.type == "sample") {
    on_sample(body);
  } else if (message.type == "warning") {
    warn(body.value("message", ""));
  } else if (message.type == "flag") {
    flag(body.value("flag", ""), body.value("message", ""));
  } else if (message.type == "finished" || message.type == "failed" || message.type == "stopped") {
    last_word_ = message.type;
    failure_ = body.value("message", "");
    add_facts(body.value("facts", Json::object()));
  }
}

void Attempt::on_forked(const Json& body) {
  pid_ = integer_in(body, "pid", 0);
  started_at_ = Clock::now();
  const int64_t number = store_.start_attempt(task_.view.trial_id, host_name(), pid_);
  // An earlier attempt may have set it.
  store_.set_flag(task_.view.trial_id, store::kStuckAtUnigram, false);
  add_facts(task_.facts);
  log_.line("attempt " + std::to_string(number) + " on " + device_ + ", process " + std::to_string(pid_));
  observer_.on_trial_start(task_.view, number, device_);
}

void Attempt::on_epoch(const Json& body) {
  const EpochReport report{integer_in(body, "epoch", 0), body.value("metrics", std::map<std::string, double>()),
                           body.value("stops_early", "")};
  const std::string name_of_epoch = "epoch " + std::to_string(report.epoch);
  store_.add_metrics(task_.view.trial_id, report.epoch, report.metrics);
  for (const auto& [name, reason] : body.value("reasons", std::map<std::string, std::string>())) {
    store_.add_undefined_metric(task_.view.trial_id, report.epoch, name);
    log_.line(name_of_epoch + ": " + name + " is undefined: " + reason);
  }
  std::string line = name_of_epoch;
  for (const auto& [name, value] : report.metrics) line += ", " + name + " " + format("%.6g", value);
  log_.line(line);
  if (!report.stops_early.empty()) log_.line("stops early: " + report.stops_early);
  observer_.on_epoch(task_.view, report);
  watch_unigram_level(report.metrics);
}

void Attempt::watch_unigram_level(const std::map<std::string, double>& metrics) {
  const auto perplexity = metrics.find("perplexity");
  const bool stuck =
      unigram_watch_.on_epoch(perplexity == metrics.end() ? std::nullopt : std::optional<double>(perplexity->second));
  if (stuck == stuck_) return;
  stuck_ = stuck;
  if (stuck) {
    flag(store::kStuckAtUnigram,
         "for 20 epochs its perplexity has been the unigram perplexity: it has learnt how frequent tokens are, and "
         "nothing more");
  } else {
    store_.set_flag(task_.view.trial_id, store::kStuckAtUnigram, false);
    log_.line("left the unigram perplexity");
  }
}

void Attempt::flag(const std::string& flag, const std::string& message) {
  store_.set_flag(task_.view.trial_id, flag, true);
  warn(flag + ": " + message);
}

void Attempt::warn(const std::string& message) {
  log_.line("warning: " + message);
  observer_.on_warning(task_.view, message);
}

void Attempt::on_sample(const Json& body) {
  const int64_t epoch = integer_in(body, "epoch", 0);
  const std::string text = body.value("text", "");
  store_.add_sample(task_.view.trial_id, epoch, body.value("prefix", ""), text);
  log_.line(" - " + text);
  observer_.on_sample(task_.view, epoch, text);
}

void Attempt::add_facts(const Json& facts) {
  for (const auto& [name, value] : facts.items()) store_.add_fact(task_.view.trial_id, name, fact_from_json(value));
}

void Attempt::on_exit(const ExitStatus& status, bool host_died) {
  verdict_ = judge(status, host_died);
  verdict_->end.stderr_tail = log_.output_tail();
  verdict_->end.signal = status.signal;
  log_.line(std::string(store::status_name(verdict_->status)) +
            (verdict_->error.empty() ? "" : ": " + verdict_->error));
}

Verdict Attempt::judge(const ExitStatus& status, bool host_died) const {
  using store::TrialStatus;
  Verdict verdict;
  if (pid_ == 0 && status.code == static_cast<int>(ExitCode::environment)) {
    // The host could not fork a child: the machine's failure, not the trial's.
    verdict.status = TrialStatus::interrupted;
    verdict.host_lost = true;
    verdict.error = failure_;
    verdict.end.outcome = "failed";
  } else if (last_word_ == "finished") {
    verdict.status = TrialStatus::completed;
    verdict.end.outcome = "completed";
  } else if (last_word_ == "failed") {
    verdict.error = failure_;
    verdict.end.outcome = "failed";
  } else if (reason_ == EndReason::timeout || reason_ == EndReason::memory) {
    verdict.error = limit_;
    verdict.end.outcome = reason_ == EndReason::timeout ? "timeout" : "memory";
  } else if (reason_ == EndReason::stop || last_word_ == "stopped") {
    verdict.status = TrialStatus::interrupted;
    verdict.end.outcome = "interrupted";
  } else {
    verdict.host_lost = host_died;
    verdict.crashed = !host_died && status.signal != 0;
    verdict.end.outcome = "crashed";
    verdict.error = "the worker " + describe_end(status) + (status.signal ? "" : " before the trial was finished");
  }
  return verdict;
}

}  // namespace runner::schedule
