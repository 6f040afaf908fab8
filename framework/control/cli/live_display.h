// The live picture below the log on a terminal.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/cli/log_display.h"
#include "control/cli/time_left.h"

namespace runner::cli {

class LiveDisplay final : public LogDisplay {
 public:
  ~LiveDisplay() override { erase(); }

  void on_sweep_start(const schedule::SweepView& sweep) override;
  void on_trial_start(const schedule::TrialView& trial, int64_t attempt, const std::string& device) override;
  void on_progress(const schedule::TrialView& trial, const schedule::Progress& progress) override;
  void on_epoch(const schedule::TrialView& trial, const schedule::EpochReport& report) override;
  void on_trial_end(const schedule::TrialView& trial, store::TrialStatus status, const std::string& error,
                    const std::string& details, bool restarts) override;
  void on_sweep_end() override { erase(); }
  void on_tick() override;

 protected:
  void print(Level level, const std::string& text) override;

 private:
  struct RunningTrial {
    schedule::TrialView trial;
    int64_t epochs_done = 0;
    double batches_done = 0;  // fraction of the running epoch
    double loss = 0;          // nats per token; the last that is known
    double tokens_per_second = 0;
  };

  void erase();
  std::string erasing_text();
  std::string picture_text();
  std::vector<std::string> picture(int rows, bool with_bars) const;
  std::string trial_line(const RunningTrial& running, int64_t label_width, bool with_bar) const;
  std::string sweep_line() const;
  std::optional<double> seconds_left() const;

  std::map<int64_t, RunningTrial> running_;  // by trial id
  int64_t completed_ = 0, failed_ = 0;
  double waiting_work_ = 0;
  TimeLeft time_left_;
  int painted_lines_ = 0;
  std::chrono::steady_clock::time_point painted_at_{};
};

}  // namespace runner::cli
