#include "control/schedule/attempt.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <utility>

#include "common/error.h"
#include "common/process.h"
#include "control/schedule/event_fields.h"
#include "control/store/flags.h"

namespace runner::schedule {
namespace {

constexpr int kMostWarnings = 100;  // of one attempt; nobody reads more
constexpr int64_t kMostBatches = std::numeric_limits<int64_t>::max();

store::Fact fact_from_json(const Json& value) {
  if (is_int64(value)) return value.get<int64_t>();
  if (value.is_number()) return value.get<double>();
  return value.get<std::string>();
}

std::optional<double> known_fact(const Json& facts, const char* name) {
  const auto found = facts.find(name);
  return found != facts.end() && found->is_number() ? std::optional<double>(found->get<double>()) : std::nullopt;
}

std::string format(const char* pattern, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), pattern, value);
  return text.data();
}

bool is_flag(const std::string& word) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !word.empty() && word.size() <= 64 && std::all_of(word.begin(), word.end(), fits);
}

std::string flag_in(const Json& body) {
  const std::string word = text_in(body, "flag");
  if (!is_flag(word)) throw std::invalid_argument("a flag must be a word of lower-case letters, digits and _");
  return word;
}

// Whether it can only be said by a trial that has recalled all.
bool needs_past(const std::string& type) {
  return type == "epoch" || type == "sample" || type == "flag" || type == "finished";
}

template <typename Value, typename Predicate>
void keep_if(std::map<std::string, Value>& table, Predicate is_kept) {
  for (auto item = table.begin(); item != table.end();)
    item = is_kept(item->first) ? std::next(item) : table.erase(item);
}

Verdict verdict_of(store::TrialStatus status, const char* outcome, const std::string& error = "") {
  Verdict verdict;
  verdict.status = status;
  verdict.error = error;
  verdict.end.outcome = outcome;
  return verdict;
}

}  // namespace

Attempt::Attempt(Task& task, std::string device, const std::filesystem::path& folder, store::Store& store,
                 Observer& observer)
    : task_(task),
      device_(std::move(device)),
      store_(store),
      observer_(observer),
      log_(folder, task.is_new ? TrialLog::Start::anew : TrialLog::Start::behind),
      unigram_watch_(known_fact(task.facts, "unigram_perplexity")) {}

void Attempt::end_because(EndReason reason, const std::string& limit) {
  if (reason_ != EndReason::none) return;
  reason_ = reason;
  limit_ = limit;
  end_requested_at_ = Clock::now();
}

// Whatever comes after a last word is none of the trial's.
void Attempt::on_event(const protocol::Message& message) {
  if (ignores_events_ || !last_word_.empty()) return;
  silence_.note_sign();
  if (needs_past(message.type) && !recollection_.is_complete()) {
    throw std::invalid_argument("\"" + message.type + "\" before it has recalled all that it said it would");
  }
  const Json& body = message.body;
  if (message.type == "forked") {
    on_forked(body);
  } else if (message.type == "started") {
    on_started(body);
  } else if (message.type == "recalled") {
    on_recalled(body);
  } else if (message.type == "progress") {
    on_progress(body);
  } else if (message.type == "epoch") {
    on_epoch(body);
  } else if (message.type == "sample") {
    on_sample(body);
  } else if (message.type == "warning") {
    warn(sentence_in(body, "message"));
  } else if (message.type == "flag") {
    on_flag(body);
  } else if (message.type == "finished" || message.type == "failed" || message.type == "stopped") {
    on_last_word(message);
  }
}

std::pair<int64_t, int64_t> Attempt::position_in(const Json& body) const {
  return {epoch_in(body), integer_between(body, "batch", 0, kMostBatches)};
}

int64_t Attempt::epoch_in(const Json& body) const { return integer_between(body, "epoch", 1, task_.view.epochs); }

void Attempt::on_forked(const Json& body) {
  pid_ = integer_in(body, "pid", 0);
  idle_memory_ = integer_in(body, "resident", 0);
  silence_.note_fork();
  started_at_ = Clock::now();
  const int64_t number = store_.start_attempt(task_.view.trial_id, host_name(), pid_);
  task_.is_new = false;
  log_.line("attempt " + std::to_string(number) + " on " + device_ + ", process " + std::to_string(pid_));
  observer_.on_trial_start(task_.view, number, device_);
}

void Attempt::on_started(const Json& body) {
  facts_in(body);
  if (body.contains("resumed")) position_in(body["resumed"]);
  const auto prefixes = static_cast<int64_t>(prefix_count());
  recollection_.begin(body, task_.view.epochs * (1 + prefixes) + static_cast<int64_t>(kMostFlags));
  if (recollection_.is_complete()) begin();
}

void Attempt::on_recalled(const Json& body) {
  const Json event = body.value("event", Json());
  check_recalled(event);
  recollection_.add(event);
  if (recollection_.is_complete()) begin();
}

// Throws for what could not be kept, so that nothing is begun with it.
void Attempt::check_recalled(const Json& event) const {
  const std::string type = text_in(event, "type");
  if (type == "epoch") {
    epoch_in(event), numbers_in(event, "metrics"), texts_in(event, "reasons");
  } else if (type == "sample") {
    epoch_in(event), prefix_in(event), text_in(event, "text");
  } else if (type == "flag") {
    flag_in(event);
  } else {
    throw std::invalid_argument("it recalls \"" + type + "\", expected epoch, sample or flag");
  }
}

// What an earlier attempt wrote behind its last checkpoint, or did not come to write before it, is put right.
void Attempt::begin() {
  const Recollection past = std::exchange(recollection_, {});
  told_ = {};
  store_.replace_results(task_.view.trial_id, [&] {
    add_facts(task_.facts);
    add_facts(facts_in(past.started()));
    for (const Json& event : past.events()) recall(event);
  });
  last_seen_at_ = "the start of training";
  // Setting a flag writes all that waits, so this comes when the trial is whole again.
  store_.set_flag(task_.view.trial_id, store::kStuckAtUnigram, stuck_);
  for (const Json& event : past.events()) {
    if (text_in(event, "type") == "flag") keep_flag(flag_in(event));
  }
  if (past.started().contains("resumed")) on_resumed(past.started()["resumed"]);
}

void Attempt::recall(const Json& event) {
  const std::string type = text_in(event, "type");
  if (type == "epoch") keep_epoch(numbers_of(event));
  if (type == "sample") keep_sample(event);
}

void Attempt::on_resumed(const Json& body) {
  const auto [epoch, batch] = position_in(body);
  store_.note_resume(task_.view.trial_id, epoch, batch);
  log_.line("goes on from a checkpoint: epoch " + std::to_string(epoch) + ", batch " + std::to_string(batch));
}

Attempt::EpochNumbers Attempt::numbers_of(const Json& body) {
  EpochNumbers numbers{epoch_in(body), numbers_in(body, "metrics"), texts_in(body, "reasons")};
  const auto is_kept = [this](const std::string& name) { return admits(told_.metrics, name); };
  keep_if(numbers.metrics, is_kept);
  keep_if(numbers.undefined, is_kept);
  return numbers;
}

void Attempt::keep_epoch(const EpochNumbers& numbers) {
  told_.epoch = numbers.epoch;
  told_.samples = 0;
  store_.add_metrics(task_.view.trial_id, numbers.epoch, numbers.metrics);
  for (const auto& [name, reason] : numbers.undefined) {
    store_.add_undefined_metric(task_.view.trial_id, numbers.epoch, name);
  }
  watch_unigram_level(numbers.metrics);
}

void Attempt::on_progress(const Json& body) {
  Progress progress;
  progress.epoch = epoch_in(body);
  progress.batches = integer_between(body, "batches", 0, kMostBatches);
  progress.batch = integer_between(body, "batch", 0, progress.batches);
  if (body.contains("loss")) progress.loss = number_in(body, "loss");
  progress.tokens_per_second = number_in(body, "tokens_per_second");
  last_seen_at_ = "epoch " + std::to_string(progress.epoch) + ", batch " + std::to_string(progress.batch) + " of " +
                  std::to_string(progress.batches);
  observer_.on_progress(task_.view, progress);
}

void Attempt::on_epoch(const Json& body) {
  if (epoch_in(body) <= told_.epoch) throw std::invalid_argument("an epoch that it has told of before");
  const std::string stops_early = sentence_in(body, "stops_early");
  const EpochNumbers numbers = numbers_of(body);
  const std::string name_of_epoch = "epoch " + std::to_string(numbers.epoch);
  last_seen_at_ = "the end of " + name_of_epoch;
  for (const auto& [name, reason] : numbers.undefined) {
    log_.line(name_of_epoch + ": " + name + " is undefined: " + reason);
  }
  std::string line = name_of_epoch;
  for (const auto& [name, value] : numbers.metrics) line += ", " + name + " " + format("%.6g", value);
  log_.line(line);
  if (!stops_early.empty()) log_.line("stops early: " + stops_early);
  observer_.on_epoch(task_.view, {numbers.epoch, numbers.metrics, stops_early});
  const bool was_stuck = stuck_;
  keep_epoch(numbers);
  if (stuck_ != was_stuck) store_.set_flag(task_.view.trial_id, store::kStuckAtUnigram, stuck_);
  if (stuck_ && !was_stuck) {
    warn(std::string(store::kStuckAtUnigram) +
         ": for 20 epochs its perplexity has been the unigram perplexity: it has learnt how frequent tokens are, and "
         "nothing more");
  }
  if (was_stuck && !stuck_) log_.line("left the unigram perplexity");
}

void Attempt::watch_unigram_level(const std::map<std::string, double>& metrics) {
  const auto perplexity = metrics.find("perplexity");
  const bool stuck =
      unigram_watch_.on_epoch(perplexity == metrics.end() ? std::nullopt : std::optional<double>(perplexity->second));
  stuck_ = stuck;
}

void Attempt::on_flag(const Json& body) {
  const std::string flag = flag_in(body);
  warn(flag + ": " + sentence_in(body, "message"));
  keep_flag(flag);
}

void Attempt::keep_flag(const std::string& flag) {
  if (admits(told_.flags, flag)) store_.set_flag(task_.view.trial_id, flag, true);
}

void Attempt::warn(const std::string& message) {
  if (++warnings_ > kMostWarnings) return;
  log_.line("warning: " + message);
  observer_.on_warning(task_.view, message);
  if (warnings_ == kMostWarnings) log_.line("it has warned " + std::to_string(warnings_) + " times; no more is told");
}

bool Attempt::admits(NameLimit& names, const std::string& name) {
  const bool admitted = names.admits(name);
  if (const auto complaint = names.take_complaint()) warn(*complaint);
  return admitted;
}

size_t Attempt::prefix_count() const { return task_.config.at("samples").at("prefixes").size(); }

std::string Attempt::prefix_in(const Json& body) const {
  std::string prefix = text_in(body, "prefix");
  const Json& prefixes = task_.config.at("samples").at("prefixes");
  if (std::find(prefixes.begin(), prefixes.end(), prefix) != prefixes.end()) return prefix;
  throw std::invalid_argument("a sample of a prefix that it was not asked for");
}

void Attempt::keep_sample(const Json& body) {
  const int64_t epoch = epoch_in(body);
  store_.add_sample(task_.view.trial_id, epoch, prefix_in(body), text_in(body, "text"));
  last_seen_at_ = "a sample of epoch " + std::to_string(epoch);
}

void Attempt::on_sample(const Json& body) {
  const std::string text = text_in(body, "text");
  if (told_.samples == prefix_count()) throw std::invalid_argument("more samples than it was asked for");
  keep_sample(body);
  ++told_.samples;
  log_.line(" - " + text);
  observer_.on_sample(task_.view, epoch_in(body), text);
}

void Attempt::on_last_word(const protocol::Message& message) {
  const Json& facts = facts_in(message.body);
  failure_ = sentence_in(message.body, "message");
  cause_ = text_in(message.body, "cause");
  add_facts(facts);
  last_word_ = message.type;
}

void Attempt::add_facts(const Json& facts) {
  for (const auto& [name, value] : facts.items()) {
    if (admits(told_.facts, name)) store_.add_fact(task_.view.trial_id, name, fact_from_json(value));
  }
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
  if (pid_ == 0 && status.code == static_cast<int>(ExitCode::environment)) {
    // The host could not fork a child.
    Verdict verdict = verdict_of(TrialStatus::interrupted, protocol::kEnvironment, failure_);
    verdict.was_disturbed = verdict.machine_failed = true;
    return verdict;
  }
  if (last_word_ == "finished") return verdict_of(TrialStatus::completed, "completed");
  if (last_word_ == "failed") return judge_failure();
  if (reason_ == EndReason::timeout) return verdict_of(TrialStatus::failed, "timeout", limit_);
  if (reason_ == EndReason::memory) return verdict_of(TrialStatus::failed, "memory", limit_);
  if (reason_ == EndReason::hang) return judge_hang(host_died);
  if (reason_ == EndReason::stop) return verdict_of(TrialStatus::interrupted, "interrupted");
  return last_word_ == "stopped" ? judge_stop() : judge_crash(status, host_died);
}

// Its worker was asked, or the host, which hands it on. Perhaps the runner is asked in the next moment, as when a batch
// system signals all processes of a job: the trial is not to blame for it, nor has it failed.
Verdict Attempt::judge_stop() const {
  Verdict verdict =
      verdict_of(store::TrialStatus::interrupted, "interrupted", "somebody else asked its worker to stop (SIGTERM)");
  verdict.was_disturbed = true;
  return verdict;
}

Verdict Attempt::judge_failure() const {
  if (cause_ == protocol::kMemory) return verdict_of(store::TrialStatus::failed, "memory", failure_);
  if (cause_ != protocol::kEnvironment) return verdict_of(store::TrialStatus::failed, "failed", failure_);
  Verdict verdict = verdict_of(store::TrialStatus::interrupted, protocol::kEnvironment, failure_);
  verdict.machine_failed = true;
  return verdict;
}

// A host that is stuck silences its trial, and a plugin that stops its host silences both: tried again, within bounds.
Verdict Attempt::judge_hang(bool host_died) const {
  Verdict verdict = verdict_of(store::TrialStatus::failed, "hang", limit_);
  verdict.was_disturbed = host_died;
  return verdict;
}

Verdict Attempt::judge_crash(const ExitStatus& status, bool host_died) const {
  Verdict verdict =
      verdict_of(store::TrialStatus::failed, "crashed",
                 "the worker " + describe_end(status) + (status.signal ? "" : " before the trial was finished"));
  verdict.was_disturbed = host_died;
  verdict.crashed = !host_died && status.signal != 0;
  return verdict;
}

}  // namespace runner::schedule
