// The results database, and the only way to write it. Schema and meaning of every table: results/README.md.
//
// One process writes a database at a time: a Store holds an advisory lock on F.db-lock from its opening to its end, and
// a second one is refused with the first one's process and host. Readers (reader.h) need no lock and never block a
// Store: the database is in WAL mode.
//
// State changes (a sweep or trial that starts or ends) are durable when the call returns. Metrics and samples of a
// running trial are collected and written in batches by `flush`, which every state change calls first. A Store belongs
// to one thread.
//
// Every call throws EnvironmentError when the database cannot be read or written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/json.h"

namespace runner::store {

// Stored by their names; never rename.
enum class TrialStatus { waiting, running, completed, failed, pruned, interrupted };
const char* status_name(TrialStatus status);

struct NewTrial {
  int64_t number = 0;
  std::string label;
  Json config;
  std::string config_hash;
  int64_t seed = 1;
};

struct NewSweep {
  std::string name;
  std::string experiment;  // the YAML text
  std::string config_hash;
  Json environment;
  std::string metric;  // name of the metric that best_metric and final_metric are taken from
  bool minimize = true;
  std::vector<NewTrial> trials;
};

struct TrialState {
  int64_t trial_id = 0;
  int64_t number = 0;
  std::string label;
  Json config;
  std::string config_hash;
  int64_t seed = 1;
  TrialStatus status = TrialStatus::waiting;
  int64_t attempts = 0;  // so far
};

struct SweepState {
  int64_t sweep_id = 0;
  std::string name, config_hash, experiment;
  Json environment;
  std::string metric;
  bool minimize = true;
  bool finished = false;  // every trial is completed, failed or pruned
  std::vector<TrialState> trials;
};

// How an attempt ended.
struct AttemptEnd {
  std::string outcome;      // completed, failed, crashed, interrupted, timeout, memory, hang, environment
  int signal = 0;           // that ended the worker; 0: none
  std::string stderr_tail;  // last lines
};

using Fact = std::variant<int64_t, double, std::string>;

class Store {
 public:
  // Opens or creates the database and its folder, takes the lock, migrates an older schema. Throws EnvironmentError
  // when another process holds the lock or the file is newer than this program.
  explicit Store(const std::filesystem::path& file);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const std::filesystem::path& file() const;

  // The latest sweep of that name and hash; the latest unfinished one of that name whatever its hash; one by its id.
  std::optional<SweepState> find_sweep(const std::string& name, const std::string& config_hash);
  std::optional<SweepState> find_unfinished_sweep(const std::string& name);
  std::optional<SweepState> sweep(int64_t sweep_id);

  // Creates the sweep with all its trials waiting. Returns it with the ids given.
  SweepState create_sweep(const NewSweep& sweep);
  // The sweep runs (again), from this text of its experiment and in this environment, which belong together: a resumed
  // sweep is planned from them. Trials left `running` by a dead runner become `interrupted`.
  void start_sweep(int64_t sweep_id, const std::string& experiment, const Json& environment);
  // Computes the sweep's status from its trials: completed, failed (some failed), or interrupted (some still to run).
  void end_sweep(int64_t sweep_id);
  // Failed trials wait again.
  void retry_failed(int64_t sweep_id);

  // A trial begins, or goes on: counts a new attempt. Returns its number, from 1. What an earlier attempt left stays
  // until `replace_results`.
  int64_t start_attempt(int64_t trial_id, const std::string& host, int64_t pid);
  // The attempt that runs goes on from a checkpoint that was taken after so many batches of that epoch.
  void note_resume(int64_t trial_id, int64_t epoch, int64_t batch);
  // Puts the metrics, samples and facts that `add` adds in the place of those of the trial, and takes off its flags.
  // Happens when rows are written next, in one transaction however many they are.
  void replace_results(int64_t trial_id, const std::function<void()>& add);
  void add_fact(int64_t trial_id, const std::string& name, const Fact& value);
  void add_metrics(int64_t trial_id, int64_t epoch, const std::map<std::string, double>& metrics);
  // A metric that is not a finite number: stored as NULL.
  void add_undefined_metric(int64_t trial_id, int64_t epoch, const std::string& name);
  void add_sample(int64_t trial_id, int64_t epoch, const std::string& prefix, const std::string& text);
  // Puts a word (flags.h) on the trial's list of flags or takes it off; nothing happens when it is so already.
  void set_flag(int64_t trial_id, const std::string& flag, bool on);
  // Ends the attempt only; the trial goes back to waiting, to be started again.
  void end_attempt(int64_t trial_id, const AttemptEnd& end);
  // Ends the attempt and the trial. A completed trial gets its final, best metric and best epoch from its metrics.
  void end_trial(int64_t trial_id, TrialStatus status, const std::string& error, const AttemptEnd& end);

  // Writes what has been collected. Called by every state change, and by the runner about once a second.
  void flush();

  // Removes a sweep with everything of its trials. The trials' folders are the caller's to remove.
  void remove_sweep(int64_t sweep_id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace runner::store
