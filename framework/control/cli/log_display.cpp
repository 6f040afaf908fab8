#include "control/cli/log_display.h"

#include <spdlog/spdlog.h>

#include <cmath>

#include "control/report/human.h"

namespace runner::cli {
namespace {

using schedule::TrialView;
using store::TrialStatus;

double metric(const std::map<std::string, double>& metrics, const char* name) {
  const auto found = metrics.find(name);
  return found == metrics.end() ? std::nan("") : found->second;
}

std::string indented(const std::string& lines, const std::string& margin) {
  std::string result = margin;
  for (const char c : lines) {
    result += c;
    if (c == '\n') result += margin;
  }
  return result;
}

}  // namespace

void LogDisplay::print(Level level, const std::string& text) {
  switch (level) {
    case Level::info:
      return spdlog::info("{}", text);
    case Level::warning:
      return spdlog::warn("{}", text);
    case Level::error:
      return spdlog::error("{}", text);
  }
}

std::string LogDisplay::name_of(const TrialView& trial) const {
  return fmt::format("{}/{}{}{}", trial.number, sweep_.total, trial.label.empty() ? "" : " ", trial.label);
}

void LogDisplay::on_sweep_start(const schedule::SweepView& sweep) {
  sweep_ = sweep;
  const int64_t earlier = sweep.completed + sweep.failed;
  print(Level::info,
        fmt::format("sweep {} ({}): {} trial{}{}", sweep.sweep_id, sweep.name, sweep.total, sweep.total == 1 ? "" : "s",
                    earlier == 0 ? "" : fmt::format(", {} ended in an earlier run", earlier)));
}

void LogDisplay::on_trial_start(const TrialView& trial, int64_t attempt, const std::string& device) {
  const std::string again = attempt > 1 ? fmt::format(", attempt {}", attempt) : "";
  print(Level::info, fmt::format("{}: {} epochs on {}{}", name_of(trial), trial.epochs, device, again));
}

void LogDisplay::on_progress(const TrialView&, const schedule::Progress&) {}

void LogDisplay::on_epoch(const TrialView& trial, const schedule::EpochReport& report) {
  const bool stops_early = !report.stops_early.empty(), is_last = stops_early || report.epoch == trial.epochs;
  if (report.epoch % trial.log_every != 0 && !is_last) return;
  const double valid = metric(report.metrics, "valid_perplexity");
  print(Level::info, fmt::format("{}: epoch {}, perplexity {:.6f}{}, time {:.2f} sec", name_of(trial), report.epoch,
                                 metric(report.metrics, "perplexity"),
                                 std::isnan(valid) ? "" : fmt::format(", held-out {:.6f}", valid),
                                 metric(report.metrics, "seconds")));
  if (stops_early) print(Level::info, fmt::format("{}: stops early: {}", name_of(trial), report.stops_early));
}

void LogDisplay::on_sample(const TrialView& trial, int64_t, const std::string& text) {
  print(Level::info, fmt::format("{}:  - {}", name_of(trial), report::single_line(text)));
}

void LogDisplay::on_warning(const TrialView& trial, const std::string& message) {
  print(Level::warning, fmt::format("{}: {}", name_of(trial), message));
}

void LogDisplay::on_trial_end(const TrialView& trial, TrialStatus status, const std::string& error,
                              const std::string& details, bool restarts) {
  if (status == TrialStatus::completed) return print(Level::info, fmt::format("{}: completed", name_of(trial)));
  if (status == TrialStatus::interrupted) {
    const std::string reason = error.empty() ? "" : ": " + error;
    return print(Level::warning, fmt::format("{}: interrupted{}", name_of(trial), reason));
  }
  std::string text = fmt::format("{}: {}", name_of(trial), error);
  if (!details.empty()) text += "\n  the last it printed:\n" + indented(details, "  | ");
  if (restarts) text += "\n  it starts again";
  print(restarts ? Level::warning : Level::error, text);
}

void LogDisplay::on_held_back(int64_t waiting, const std::string& reason) {
  print(Level::warning, fmt::format("{}: {} trial{} not started; the same command starts {}", reason, waiting,
                                    waiting == 1 ? " was" : "s were", waiting == 1 ? "it" : "them"));
}

void LogDisplay::on_stopping(int requests) {
  print(Level::warning, requests == 1 ? "stopping; once more to stop at once" : "stopping at once");
}

}  // namespace runner::cli
