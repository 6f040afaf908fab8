#include "control/schedule/output_tail.h"

#include "common/text.h"

namespace runner::schedule {
namespace {

constexpr size_t kMostBytes = 4096;
constexpr int kMostLines = 20;

std::string_view last_bytes(std::string_view text) {
  return text.substr(text.size() > kMostBytes ? text.size() - kMostBytes : 0);
}

}  // namespace

void OutputTail::append(std::string_view bytes) {
  end_ += last_bytes(bytes);
  if (end_.size() > 2 * kMostBytes) end_.erase(0, end_.size() - kMostBytes);
}

std::string OutputTail::text() const {
  std::string text = replace_invalid_utf8(last_bytes(end_));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  size_t start = text.size();
  for (int lines = 0; lines < kMostLines && start != std::string::npos && start > 0; ++lines) {
    start = text.rfind('\n', start - 1);
  }
  return start == std::string::npos || start == 0 ? text : text.substr(start + 1);
}

}  // namespace runner::schedule
