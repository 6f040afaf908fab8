// What a person may want to see of a sweep while it runs. Implemented by the displays; the scheduler knows no terminal.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "control/store/store.h"

namespace runner::schedule {

// A trial as displays name it.
struct TrialView {
  int64_t trial_id = 0;
  int64_t number = 0;
  std::string label;  // of its arm, with the seed where the sweep has several
  int64_t epochs = 0;
  int64_t log_every = 1;  // epochs between two lines of a log: where samples are taken
  double work = 1;        // of all its epochs: see cost.h
};

struct Progress {
  int64_t epoch = 0;  // from 1, the one running
  int64_t batch = 0, batches = 0;
  std::optional<double> loss;  // nats per token, the mean of the epoch so far; not every device tells
  double tokens_per_second = 0;
};

// What a trial reports at the end of an epoch.
struct EpochReport {
  int64_t epoch = 0;  // from 1
  std::map<std::string, double> metrics;
  std::string stops_early;  // why it is the last though more were asked for; empty: it is not
};

struct SweepView {
  std::string name;
  int64_t sweep_id = 0;
  int64_t total = 0;
  int64_t completed = 0, failed = 0;  // before this run began
  double work = 0;                    // of all trials that this run will start
  int slots = 1;                      // trials at once
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_sweep_start(const SweepView& sweep) = 0;
  virtual void on_trial_start(const TrialView& trial, int64_t attempt, const std::string& device) = 0;
  virtual void on_progress(const TrialView& trial, const Progress& progress) = 0;
  virtual void on_epoch(const TrialView& trial, const EpochReport& report) = 0;
  virtual void on_sample(const TrialView& trial, int64_t epoch, const std::string& text) = 0;
  virtual void on_warning(const TrialView& trial, const std::string& message) = 0;
  // `restarts`: the trial will be tried again. `details`: last lines of its stderr, for a failure.
  virtual void on_trial_end(const TrialView& trial, store::TrialStatus status, const std::string& error,
                            const std::string& details, bool restarts) = 0;
  // The run ends with trials still waiting, for this reason.
  virtual void on_held_back(int64_t waiting, const std::string& reason) = 0;
  // Ctrl-C or a termination was received; trials are ending.
  virtual void on_stopping(int requests) = 0;
  virtual void on_sweep_end() = 0;
  // Called about ten times a second: time to repaint.
  virtual void on_tick() = 0;
};

}  // namespace runner::schedule
