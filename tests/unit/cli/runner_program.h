// The built runner, used as a person uses it: words in, text and an exit code out, in a folder of its own.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "common/process.h"
#include "unit/temporary_folder.h"

namespace runner::testing {

namespace fs = std::filesystem;

// Runs the runner with a database and files inside one temporary folder.
class RunnerProgram {
 public:
  const fs::path& folder() const { return folder_.path(); }
  fs::path database() const { return folder() / "results.db"; }

  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(folder() / name) << text;
    return folder() / name;
  }

  // Plugins of the tests' own are found as a user's would be.
  void add_plugin_folder(const std::string& path) { plugin_path_ = path; }

  SpawnRequest request(const std::vector<std::string>& words) const {
    SpawnRequest request;
    request.argv = {RUNNER_PROGRAM};
    request.argv.insert(request.argv.end(), words.begin(), words.end());
    request.environment = {{"RUNNER_DB", database().string()}, {"RUNNER_PLUGIN_PATH", plugin_path_}, {"TERM", "dumb"}};
    return request;
  }

  CapturedRun run(const std::vector<std::string>& words) const { return run_and_capture(request(words)); }

  // The rows of a query as CSV, without the header.
  std::string query(const std::string& sql) const {
    const CapturedRun result = run({"query", "--csv", sql});
    const size_t header_end = result.output.find('\n');
    std::string rows = header_end == std::string::npos ? result.errors : result.output.substr(header_end + 1);
    for (size_t at; (at = rows.find('\r')) != std::string::npos;) rows.erase(at, 1);
    return rows;
  }

 private:
  TemporaryFolder folder_;
  std::string plugin_path_;
};

// Reads a running program's stderr until `text` appears in it. False when it ends before.
inline bool read_until(ChildProcess& program, const std::string& text) {
  std::string seen;
  while (seen.find(text) == std::string::npos) {
    if (!read_available(program.stderr_pipe().get(), seen)) return false;
  }
  return true;
}

// A text of `characters` characters out of a small alphabet, the same on every machine.
inline std::string small_text(int characters) {
  std::string text;
  uint32_t state = 1;
  for (int i = 0; i < characters; ++i) {
    state = state * 1664525u + 1013904223u;
    text += "abcdefgh "[(state >> 24) % 9];
  }
  return text;
}

}  // namespace runner::testing
