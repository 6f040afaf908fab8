// The log of one trial: F.files/<trial>/log.txt, what `runner logs` prints. Holds what its worker wrote to stdout and
// stderr, and a line for each thing that happened to the trial.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "control/schedule/output_tail.h"

namespace runner::schedule {

class TrialLog {
 public:
  // Starts the file anew, with its folder, or goes on behind what an earlier attempt left. Throws EnvironmentError when
  // it cannot be written.
  enum class Start { anew, behind };
  TrialLog(const std::filesystem::path& folder, Start start);

  // Output of the worker, as it came. A worker that prints without end fills no disk: the file is cut at 64 MiB, and
  // says so.
  void output(std::string_view bytes);
  // One line of ours, with the time of day; in a file that is cut there is room for some.
  void line(const std::string& text);

  std::string output_tail() const { return tail_.text(); }

 private:
  void write(std::string_view text, int64_t largest_file);

  std::ofstream file_;
  int64_t size_ = 0;  // of the file, bytes
  bool is_cut_ = false;
  OutputTail tail_;
  bool at_line_start_ = true;
};

}  // namespace runner::schedule
