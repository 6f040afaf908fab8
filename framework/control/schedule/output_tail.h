// The last words of a worker.
#pragma once

#include <string>
#include <string_view>

namespace runner::schedule {

// Takes output as it comes and keeps its end alone, however much that is.
class OutputTail {
 public:
  void append(std::string_view bytes);

  // Valid UTF-8, at most 20 lines and 4 KiB, without the final newline.
  std::string text() const;

 private:
  std::string end_;
};

}  // namespace runner::schedule
