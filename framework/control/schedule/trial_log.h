// The log of one trial: F.files/<trial>/log.txt, what `runner logs` prints. Holds what its worker wrote to stdout and
// stderr, and a line for each thing that happened to the trial.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace runner::schedule {

// The last lines of what a worker wrote: valid UTF-8, at most 20 lines and 4 KiB, without the final newline.
std::string tail_of_output(std::string_view output);

class TrialLog {
 public:
  // Starts the file anew, with its folder, or goes on behind what an earlier attempt left. Throws EnvironmentError when
  // it cannot be written.
  enum class Start { anew, behind };
  TrialLog(const std::filesystem::path& folder, Start start);

  // Output of the worker, as it came.
  void output(std::string_view bytes);
  // One line of ours, with the time of day.
  void line(const std::string& text);

  // The end of what the worker wrote, see tail_of_output.
  std::string output_tail() const { return tail_of_output(tail_); }

 private:
  std::ofstream file_;
  std::string tail_;
  bool at_line_start_ = true;
};

}  // namespace runner::schedule
