#include "control/catalog/describe.h"

#include <stdexcept>

#include "common/error.h"
#include "common/json.h"
#include "common/params_json.h"
#include "common/process.h"
#include "common/text.h"
#include "control/catalog/description_cache.h"

namespace runner::catalog {
namespace {

constexpr int kLoaderFailed = 127;  // the exit code of the dynamic loader

struct Description {
  std::string version;
  std::vector<Component> components;
};

ComponentKind kind_from_name(const std::string& name) {
  if (name == kind_name(ComponentKind::model)) return ComponentKind::model;
  if (name == kind_name(ComponentKind::dataset)) return ComponentKind::dataset;
  throw std::invalid_argument("unknown kind of component \"" + name + "\"");
}

Component component_from_json(const Json& json) {
  Component component;
  component.kind = kind_from_name(json.at("kind").get<std::string>());
  component.name = json.at("name").get<std::string>();
  component.doc = json.at("doc").get<std::string>();
  for (const Json& spec : json.at("params")) component.params.push_back(spec_from_json(spec));
  return component;
}

// Throws std::exception for what is no description.
Description parse(const std::string& text) {
  const Json json = parse_json(text);
  Description description;
  description.version = json.at("version").get<std::string>();
  for (const Json& component : json.at("components")) description.components.push_back(component_from_json(component));
  return description;
}

bool use(const std::string& text, PluginFile& plugin) {
  try {
    Description description = parse(text);
    plugin.version = std::move(description.version);
    plugin.components = std::move(description.components);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

// The last line that is not empty, without the blanks around it.
std::string last_line(const std::string& text) {
  const char* blanks = " \t\r\n";
  const size_t end = text.find_last_not_of(blanks);
  if (end == std::string::npos) return "";
  const size_t newline = text.rfind('\n', end);
  const size_t start = text.find_first_not_of(blanks, newline == std::string::npos ? 0 : newline);
  return replace_invalid_utf8(std::string_view(text).substr(start, end - start + 1));
}

void require_running_worker(const std::filesystem::path& worker, const CapturedRun& run) {
  if (run.status.signal != 0 || run.status.code != kLoaderFailed) return;
  throw EnvironmentError("the worker " + worker.string() + " cannot be started: " + last_line(run.errors));
}

std::string no_answer(const CapturedRun& run, const Duration& time_to_answer) {
  const std::string line = last_line(run.errors);
  return "it did not say within " + in_seconds(time_to_answer) +
         " what it provides, and was killed: its initialisers and schemas must not wait for anything" +
         (line.empty() ? "" : "; its last words: " + line);
}

std::string failure(const CapturedRun& run) {
  std::string line = last_line(run.errors);
  const std::string said = line.empty() ? " and printed nothing" : ": " + line;
  if (run.status.signal != 0) return "opening it ended the worker with " + describe_signal(run.status.signal) + said;
  if (run.status.code == static_cast<int>(ExitCode::bad_request) && !line.empty()) return line;
  return "opening it ended the worker with exit code " + std::to_string(run.status.code) + said;
}

}  // namespace

void describe_plugin(const std::filesystem::path& worker, const Duration& time_to_answer, PluginFile& plugin) {
  const auto cached = read_cached_description(plugin.sha256);
  if (cached && use(*cached, plugin)) return;
  const CapturedRun run = run_and_capture({{worker.string(), "--describe", plugin.file.string()},
                                           {{"OMP_NUM_THREADS", "1"}, {"OPENBLAS_NUM_THREADS", "1"}},
                                           true},
                                          time_to_answer);
  if (run.took_too_long) {
    plugin.problem = no_answer(run, time_to_answer);
    return;
  }
  require_running_worker(worker, run);
  if (run.status.succeeded() && use(run.output, plugin)) return write_cached_description(plugin.sha256, run.output);
  plugin.problem = failure(run);
}

}  // namespace runner::catalog
