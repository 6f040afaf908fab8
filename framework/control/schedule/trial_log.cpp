#include "control/schedule/trial_log.h"

#include <cerrno>
#include <ctime>

#include "common/error.h"
#include "common/text.h"

namespace runner::schedule {
namespace {

constexpr size_t kTailBytes = 4096;
constexpr int kTailLines = 20;

std::string time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[16];
  std::strftime(text, sizeof(text), "%H:%M:%S", &local);
  return text;
}

}  // namespace

std::string tail_of_output(std::string_view output) {
  std::string text = replace_invalid_utf8(output.substr(output.size() > kTailBytes ? output.size() - kTailBytes : 0));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  size_t start = text.size();
  for (int lines = 0; lines < kTailLines && start != std::string::npos && start > 0; ++lines) {
    start = text.rfind('\n', start - 1);
  }
  return start == std::string::npos || start == 0 ? text : text.substr(start + 1);
}

TrialLog::TrialLog(const std::filesystem::path& folder, Start start) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw EnvironmentError("cannot create " + folder.string() + ": " + error.message());
  file_.open(folder / "log.txt", start == Start::anew ? std::ios::trunc : std::ios::app);
  if (!file_) throw EnvironmentError("cannot write " + (folder / "log.txt").string(), errno);
}

void TrialLog::output(std::string_view bytes) {
  if (bytes.empty()) return;
  file_ << bytes << std::flush;
  at_line_start_ = bytes.back() == '\n';
  tail_ += bytes;
  if (tail_.size() > 2 * kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
}

void TrialLog::line(const std::string& text) {
  if (!at_line_start_) file_ << '\n';
  file_ << time_of_day() << ' ' << text << std::endl;
  at_line_start_ = true;
}

}  // namespace runner::schedule
