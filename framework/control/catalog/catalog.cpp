#include "control/catalog/catalog.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <map>

#include "common/error.h"
#include "common/machine.h"
#include "common/paths.h"
#include "common/sha256.h"
#include "common/text.h"
#include "control/catalog/abi_note.h"
#include "control/catalog/describe.h"
#include "control/catalog/search.h"

namespace runner::catalog {
namespace {

namespace fs = std::filesystem;

// The note that every plugin must match: the worker's own.
AbiNote expected_note(const fs::path& worker) {
  const AbiNoteReading reading = read_abi_note(worker);
  if (reading.note) return *reading.note;
  throw EnvironmentError("the worker " + worker.string() + " " + reading.problem +
                         "; build or install the runner again");
}

// Everything that can be told without opening the file.
PluginFile inspect(const Candidate& candidate, const AbiNote& expected) {
  PluginFile plugin;
  plugin.file = candidate.file;
  plugin.problem = candidate.problem;
  if (!plugin.problem.empty()) return plugin;
  const AbiNoteReading reading = read_abi_note(candidate.file);
  plugin.problem = reading.note ? abi_mismatch(*reading.note, expected) : reading.problem;
  try {
    plugin.sha256 = sha256_of_file(candidate.file);
  } catch (const EnvironmentError& error) {
    if (plugin.problem.empty()) plugin.problem = error.what();
  }
  return plugin;
}

// Describes the plugins without a problem, as many at once as there are cores: each starts a worker process.
void describe_all(const fs::path& worker, const Duration& time_to_answer, std::vector<PluginFile>& plugins) {
  std::atomic<size_t> next{0};
  const auto describe_some = [&] {
    for (size_t i = next++; i < plugins.size(); i = next++) {
      if (plugins[i].problem.empty()) describe_plugin(worker, time_to_answer, plugins[i]);
    }
  };
  const auto at_once = static_cast<size_t>(cores().usable());
  std::vector<std::future<void>> helpers;
  for (size_t i = 0; i < std::min(at_once, plugins.size()); ++i) {
    helpers.push_back(std::async(std::launch::async, describe_some));
  }
  for (auto& helper : helpers) helper.get();
}

// A name that two files provide is ambiguous: neither can be used.
void mark_duplicates(std::vector<PluginFile>& plugins) {
  std::map<std::pair<ComponentKind, std::string>, std::vector<std::string>> providers;
  for (const PluginFile& plugin : plugins) {
    for (const Component& component : plugin.components) {
      providers[{component.kind, component.name}].push_back(plugin.file.string());
    }
  }
  for (PluginFile& plugin : plugins) {
    for (Component& component : plugin.components) {
      std::vector<std::string> others = providers[{component.kind, component.name}];
      others.erase(std::remove(others.begin(), others.end(), plugin.file.string()), others.end());
      if (!others.empty()) component.problem = "also provided by " + join(others, " and ");
    }
  }
}

}  // namespace

const char* kind_name(ComponentKind kind) { return kind == ComponentKind::model ? "model" : "dataset"; }

Catalog find_plugins(const std::vector<fs::path>& folders, const Duration& time_to_answer) {
  const fs::path worker = worker_executable();
  const AbiNote expected = expected_note(worker);
  Catalog catalog;
  for (const Candidate& candidate : search_folders(folders)) catalog.files.push_back(inspect(candidate, expected));
  describe_all(worker, time_to_answer, catalog.files);
  mark_duplicates(catalog.files);
  return catalog;
}

}  // namespace runner::catalog
