// The lines of a sweep's log.
#pragma once

#include "control/schedule/observer.h"

namespace runner::cli {

// Writes a line for what is worth keeping: starts, every `log_every`-th epoch with its samples, warnings, ends.
class LogDisplay : public schedule::Observer {
 public:
  void on_sweep_start(const schedule::SweepView& sweep) override;
  void on_trial_start(const schedule::TrialView& trial, int64_t attempt, const std::string& device) override;
  void on_progress(const schedule::TrialView& trial, const schedule::Progress& progress) override;
  void on_epoch(const schedule::TrialView& trial, const schedule::EpochReport& report) override;
  void on_sample(const schedule::TrialView& trial, int64_t epoch, const std::string& text) override;
  void on_warning(const schedule::TrialView& trial, const std::string& message) override;
  void on_trial_end(const schedule::TrialView& trial, store::TrialStatus status, const std::string& error,
                    const std::string& details, bool restarts) override;
  void on_held_back(int64_t waiting, const std::string& reason) override;
  void on_stopping(int requests) override;
  void on_sweep_end() override {}
  void on_tick() override {}

 protected:
  enum class Level { info, warning, error };
  // Writes one line (or several) to the log; a display with a live picture makes room for it.
  virtual void print(Level level, const std::string& text);

  const schedule::SweepView& sweep() const { return sweep_; }
  // "2/3 num_layers=2"
  std::string name_of(const schedule::TrialView& trial) const;

 private:
  schedule::SweepView sweep_;
};

}  // namespace runner::cli
