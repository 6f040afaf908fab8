#include "control/schedule/trial_log.h"

#include <cerrno>
#include <ctime>
#include <utility>

#include "common/error.h"
#include "common/folder.h"

namespace runner::schedule {
namespace {

constexpr int64_t kLargestFile = 64 << 20;  // bytes
constexpr int64_t kRoomForOurs = 1 << 20;   // beyond it

std::string time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[16];
  std::strftime(text, sizeof(text), "%H:%M:%S", &local);
  return text;
}

}  // namespace

TrialLog::TrialLog(const std::filesystem::path& folder, Start start) {
  make_folders(folder);
  const std::filesystem::path path = folder / "log.txt";
  file_.open(path, start == Start::anew ? std::ios::trunc : std::ios::app);
  if (!file_) throw EnvironmentError("cannot write " + path.string(), errno);
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (!error) size_ = static_cast<int64_t>(size);
}

void TrialLog::output(std::string_view bytes) {
  if (bytes.empty()) return;
  tail_.append(bytes);
  write(bytes, kLargestFile);
  at_line_start_ = is_cut_ || bytes.back() == '\n';
}

void TrialLog::line(const std::string& text) {
  write((at_line_start_ ? "" : "\n") + time_of_day() + " " + text + "\n", kLargestFile + kRoomForOurs);
  at_line_start_ = true;
}

void TrialLog::write(std::string_view text, int64_t largest_file) {
  const auto bytes = static_cast<int64_t>(text.size());
  file_.clear();  // a disk that was full may not be so any more
  if (size_ + bytes <= largest_file) {
    file_ << text << std::flush;
    size_ += bytes;
  } else if (!std::exchange(is_cut_, true)) {
    file_ << "\nthe log is cut here, at 64 MiB; the last the worker printed stands in attempts.stderr_tail"
          << std::endl;
  }
}

}  // namespace runner::schedule
