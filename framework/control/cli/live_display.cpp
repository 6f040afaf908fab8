#include "control/cli/live_display.h"

#include <spdlog/fmt/fmt.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/process.h"
#include "common/text.h"
#include "control/report/human.h"

namespace runner::cli {
namespace {

using schedule::TrialView;
using store::TrialStatus;

constexpr int kBarWidth = 20;
constexpr int kColumnsForBars = 100;  // a narrower terminal keeps its room for numbers
constexpr std::chrono::milliseconds kRepaintEvery{100};

struct TerminalSize {
  int columns = 80, rows = 24;
};

TerminalSize terminal_size() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

std::string bar(double done) {
  const int filled = static_cast<int>(std::lround(std::clamp(done, 0.0, 1.0) * kBarWidth));
  std::string text;
  for (int i = 0; i < kBarWidth; ++i) text += i < filled ? "━" : "─";
  return text;
}

std::string padded(const std::string& text, int64_t width) {
  return text + std::string(static_cast<size_t>(std::max<int64_t>(0, width - display_width(text))), ' ');
}

}  // namespace

void LiveDisplay::on_sweep_start(const schedule::SweepView& sweep) {
  completed_ = sweep.completed;
  failed_ = sweep.failed;
  waiting_work_ = sweep.work;
  LogDisplay::on_sweep_start(sweep);
}

void LiveDisplay::on_trial_start(const TrialView& trial, int64_t attempt, const std::string& device) {
  running_[trial.trial_id] = {trial, 0, 0, std::nan(""), 0};
  waiting_work_ -= trial.work;
  LogDisplay::on_trial_start(trial, attempt, device);
}

void LiveDisplay::on_progress(const TrialView& trial, const schedule::Progress& progress) {
  RunningTrial& running = running_[trial.trial_id];
  running.epochs_done = progress.epoch - 1;
  running.batches_done =
      progress.batches > 0 ? static_cast<double>(progress.batch) / static_cast<double>(progress.batches) : 0;
  if (progress.loss) running.loss = *progress.loss;
  running.tokens_per_second = progress.tokens_per_second;
}

void LiveDisplay::on_epoch(const TrialView& trial, const schedule::EpochReport& report) {
  RunningTrial& running = running_[trial.trial_id];
  running.epochs_done = report.epoch;
  running.batches_done = 0;
  if (!report.stops_early.empty()) running.trial.epochs = report.epoch;
  const auto& metrics = report.metrics;
  const auto value = [&](const char* name) { return metrics.count(name) ? metrics.at(name) : std::nan(""); };
  running.loss = value("loss");
  running.tokens_per_second = value("tokens_per_second");
  const double work = trial.work / static_cast<double>(trial.epochs);
  if (metrics.count("seconds")) time_left_.observe(trial.trial_id, work, metrics.at("seconds"));
  LogDisplay::on_epoch(trial, report);
}

void LiveDisplay::on_trial_end(const TrialView& trial, TrialStatus status, const std::string& error,
                               const std::string& details, bool restarts) {
  const bool had_started = running_.erase(trial.trial_id) > 0;
  if (restarts && had_started) waiting_work_ += trial.work;
  completed_ += status == TrialStatus::completed;
  failed_ += !restarts && status == TrialStatus::failed;
  LogDisplay::on_trial_end(trial, status, error, details, restarts);
}

void LiveDisplay::print(Level level, const std::string& text) {
  erase();
  LogDisplay::print(level, text);
  write_all(STDERR_FILENO, picture_text());
}

void LiveDisplay::erase() { write_all(STDERR_FILENO, erasing_text()); }

void LiveDisplay::on_tick() {
  const auto now = std::chrono::steady_clock::now();
  if (now - painted_at_ < kRepaintEvery) return;
  painted_at_ = now;
  const std::string clearing = erasing_text();
  write_all(STDERR_FILENO, clearing + picture_text());
}

// Moves to the picture's first line and clears to the end of the screen.
std::string LiveDisplay::erasing_text() {
  if (painted_lines_ == 0) return "";
  return fmt::format("\x1b[{}F\x1b[J", std::exchange(painted_lines_, 0));
}

std::string LiveDisplay::picture_text() {
  const TerminalSize terminal = terminal_size();
  std::string text;
  for (const std::string& line : picture(terminal.rows - 1, terminal.columns >= kColumnsForBars)) {
    // A line that reaches the last column would wrap and make two.
    text += truncate_to_width(line, terminal.columns - 1) + "\n";
    ++painted_lines_;
  }
  return text;
}

// A picture higher than the screen could not be erased, so at most `rows` lines.
std::vector<std::string> LiveDisplay::picture(int rows, bool with_bars) const {
  if (running_.empty()) return {};
  const size_t most = static_cast<size_t>(std::max(1, rows - 2));
  int64_t label_width = 0;
  for (const auto& [id, running] : running_) label_width = std::max(label_width, display_width(name_of(running.trial)));
  std::vector<std::string> lines;
  for (const auto& [id, running] : running_) {
    if (lines.size() < most) lines.push_back(trial_line(running, label_width, with_bars));
  }
  if (running_.size() > most) lines.push_back(fmt::format("… and {} more", running_.size() - most));
  lines.push_back(sweep_line());
  return lines;
}

std::string LiveDisplay::trial_line(const RunningTrial& running, int64_t label_width, bool with_bar) const {
  const double epochs_done = static_cast<double>(running.epochs_done) + running.batches_done;
  const std::string perplexity = std::isnan(running.loss) ? "–" : fmt::format("{:.4g}", std::exp(running.loss));
  return fmt::format("{}{}  epoch {:>3}/{}  perplexity {:<8}{:>8.0f} tokens/s",
                     padded(name_of(running.trial), label_width),
                     with_bar ? "  " + bar(epochs_done / static_cast<double>(running.trial.epochs)) : "",
                     std::min(running.epochs_done + 1, running.trial.epochs), running.trial.epochs, perplexity,
                     running.tokens_per_second);
}

std::string LiveDisplay::sweep_line() const {
  const std::optional<double> left = seconds_left();
  return fmt::format("{}: {} of {} done{}{}", sweep().name, completed_ + failed_, sweep().total,
                     failed_ > 0 ? fmt::format(", {} failed", failed_) : "",
                     left ? ", about " + report::duration_text(std::ceil(*left)) + " left" : "");
}

std::optional<double> LiveDisplay::seconds_left() const {
  std::vector<TimeLeft::Remaining> remaining;
  for (const auto& [id, running] : running_) {
    const double done = static_cast<double>(running.epochs_done) + running.batches_done;
    remaining.push_back({id, running.trial.work * (1 - done / static_cast<double>(running.trial.epochs))});
  }
  return time_left_.estimate(remaining, waiting_work_, sweep().slots);
}

}  // namespace runner::cli
