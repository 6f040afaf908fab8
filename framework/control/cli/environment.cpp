#include "control/cli/environment.h"

#include <sys/utsname.h>

#include <fstream>

#include "common/layout.h"
#include "common/machine.h"
#include "common/text.h"

namespace runner::cli {
namespace {

// JSON holds valid UTF-8 only; a file name may be anything.
std::string text_of(const std::filesystem::path& path) { return replace_invalid_utf8(path.string()); }

std::vector<std::string> texts_of(std::vector<std::string> words) {
  for (std::string& word : words) word = replace_invalid_utf8(word);
  return words;
}

}  // namespace

std::vector<std::string> own_command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

Json sweep_environment(const PlannedSweep& planned, const std::string& revision, const Json& worker,
                       const schedule::PoolSettings& pool, const std::vector<std::string>& command) {
  utsname system{};
  uname(&system);
  const sweep::Source& source = planned.plan.source;
  return {{"runner", layout::kVersion},
          {"worker", worker},
          {"worker_hash", planned.worker_hash},
          {"plugins", planned.plugin_hashes},
          {"host", system.nodename},
          {"system", std::string(system.sysname) + " " + system.release + " " + system.machine},
          {"cpu", cpu_model()},
          {"cores", cores().online},
          {"concurrent_trials", pool.slots},
          {"threads_per_trial", pool.threads_per_trial},
          {"git", revision.empty() ? Json() : Json(replace_invalid_utf8(revision))},
          {"command", texts_of(command)},
          {"file", text_of(source.file)},
          {"directory", text_of(source.directory)},
          {"working_directory", text_of(source.working_directory)},
          {"overrides", texts_of(source.overrides)}};
}

sweep::Source source_from_environment(const std::string& experiment, const Json& environment) {
  sweep::Source source;
  source.file = environment.value("file", "");
  source.directory = environment.value("directory", "");
  source.text = experiment;
  source.overrides = environment.value("overrides", std::vector<std::string>());
  source.working_directory = environment.value("working_directory", "");
  return source;
}

}  // namespace runner::cli
