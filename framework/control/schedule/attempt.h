// One try at one trial: turns what its worker says into rows, log lines and a verdict.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/schedule/listening_clock.h"
#include "control/schedule/name_limit.h"
#include "control/schedule/observer.h"
#include "control/schedule/recollection.h"
#include "control/schedule/silence_watch.h"
#include "control/schedule/trial_log.h"
#include "control/schedule/unigram_watch.h"
#include "control/schedule/worker_pool.h"
#include "control/store/store.h"

namespace runner::schedule {

// A trial that is to be completed, and what its earlier attempts in this run came to.
struct Task {
  TrialView view;
  Json config;
  int64_t seed = 1;
  Json facts;                                   // of its dataset
  std::map<std::string, std::string> identity;  // what its checkpoints must belong to
  bool is_new = true;                           // never tried: what lies in its folder is of another trial
  int64_t restarts = 0;
  int64_t disturbances = 0;
  std::vector<int64_t> kill_at_steps;  // its first attempts die after these steps of training
};

// How an attempt came out.
struct Verdict {
  store::TrialStatus status = store::TrialStatus::failed;
  std::string error;  // for failed
  store::AttemptEnd end;
  bool crashed = false;         // by a signal that nobody here sent: may be tried again
  bool was_disturbed = false;   // not the trial's doing: its host died, or somebody else asked it to stop
  bool machine_failed = false;  // neither: another trial would not fare better
};

// Why an attempt is being ended from outside.
enum class EndReason { none, stop, timeout, memory, hang };

class Attempt : public JobHandler {
 public:
  using Clock = ListeningClock;

  // Borrows everything; `store` gets the trial's rows as they come.
  Attempt(Task& task, std::string device, const std::filesystem::path& folder, store::Store& store, Observer& observer);

  Task& task() { return task_; }
  const std::string& device() const { return device_; }
  Clock::time_point started_at() const { return started_at_; }
  int64_t pid() const { return pid_; }                  // of the child; 0 before it is forked
  int64_t idle_memory() const { return idle_memory_; }  // bytes that it was born with, as its host has them
  const SilenceWatch& silence() const { return silence_; }
  std::string last_seen_at() const { return last_seen_at_; }  // "epoch 3, batch 12 of 40"

  // Remembers why the child is about to be killed. The first reason stands. `limit` goes into the error.
  void end_because(EndReason reason, const std::string& limit = "");
  EndReason end_reason() const { return reason_; }
  Clock::time_point end_requested_at() const { return end_requested_at_; }

  // From now on nothing of the trial is stored or shown; its end is still noticed.
  void ignore_events() { ignores_events_ = true; }

  // Set once the child is gone.
  const std::optional<Verdict>& verdict() const { return verdict_; }

  void on_event(const protocol::Message& message) override;
  void on_output(std::string_view bytes) override { log_.output(bytes); }
  void on_exit(const ExitStatus& status, bool host_died) override;

 private:
  // Of one epoch, those that are kept.
  struct EpochNumbers {
    int64_t epoch = 0;
    std::map<std::string, double> metrics;
    std::map<std::string, std::string> undefined;  // and why
  };
  // What the trial has told since it began. A plugin can write among its events, and none of this may go on for ever.
  static constexpr size_t kMostNames = 1000, kMostFlags = 100;
  struct Told {
    NameLimit metrics{"metric", kMostNames}, facts{"fact", kMostNames}, flags{"flag", kMostFlags};
    int64_t epoch = 0;   // the last one
    size_t samples = 0;  // since then
  };

  void on_forked(const Json& body);
  void on_started(const Json& body);
  void on_recalled(const Json& body);
  void check_recalled(const Json& event) const;
  void begin();
  void recall(const Json& event);
  void on_resumed(const Json& body);
  void on_progress(const Json& body);
  void on_epoch(const Json& body);
  EpochNumbers numbers_of(const Json& body);
  void keep_epoch(const EpochNumbers& numbers);
  void on_sample(const Json& body);
  void keep_sample(const Json& body);
  size_t prefix_count() const;
  std::string prefix_in(const Json& body) const;
  void on_flag(const Json& body);
  void keep_flag(const std::string& flag);
  void on_last_word(const protocol::Message& message);
  std::pair<int64_t, int64_t> position_in(const Json& body) const;  // epoch and batch
  int64_t epoch_in(const Json& body) const;
  void watch_unigram_level(const std::map<std::string, double>& metrics);
  void warn(const std::string& message);
  void add_facts(const Json& facts);
  // Whether what has that name is kept. The first that is not is warned of.
  bool admits(NameLimit& names, const std::string& name);
  Verdict judge(const ExitStatus& status, bool host_died) const;
  Verdict judge_stop() const;
  Verdict judge_failure() const;
  Verdict judge_hang(bool host_died) const;
  Verdict judge_crash(const ExitStatus& status, bool host_died) const;

  Task& task_;
  const std::string device_;
  store::Store& store_;
  Observer& observer_;
  TrialLog log_;
  UnigramWatch unigram_watch_;
  Recollection recollection_;
  Told told_;
  bool stuck_ = false;                           // as flagged
  Clock::time_point started_at_ = Clock::now();  // again when the child is forked: loading LibTorch is not its time
  int64_t pid_ = 0;
  int64_t idle_memory_ = 0;
  SilenceWatch silence_;
  std::string last_seen_at_ = "the start of its worker";
  int warnings_ = 0;
  EndReason reason_ = EndReason::none;
  std::string limit_;
  Clock::time_point end_requested_at_{};
  bool ignores_events_ = false;
  std::string last_word_;        // finished, failed or stopped; empty: none of them yet
  std::string failure_, cause_;  // of `failed`
  std::optional<Verdict> verdict_;
};

}  // namespace runner::schedule
