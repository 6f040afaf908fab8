#include "control/cli/planning.h"

#include <spdlog/spdlog.h>

#include <map>
#include <set>

#include "common/paths.h"
#include "common/sha256.h"
#include "control/catalog/catalog.h"

namespace runner::cli {
namespace {

using catalog::ComponentKind;

void add_component(const catalog::PluginFile& file, const catalog::Component& component, config::ComponentSet& set) {
  if (component.problem.empty()) {
    set.usable.push_back({component.name, file.file.string(), component.params});
  } else {
    set.unusable.push_back({component.name, component.problem});
  }
}

// A file that cannot be opened has no known components; its own name is what an experiment most likely calls it.
void add_unusable_file(const catalog::PluginFile& file, config::Schemas& schemas) {
  const config::UnusableComponent unusable = {file.file.stem().string(), file.file.string() + ": " + file.problem};
  schemas.models.unusable.push_back(unusable);
  schemas.datasets.unusable.push_back(unusable);
}

config::Schemas schemas_of(const catalog::Catalog& catalog) {
  config::Schemas schemas;
  for (const catalog::PluginFile& file : catalog.files) {
    if (!file.problem.empty()) add_unusable_file(file, schemas);
    for (const catalog::Component& component : file.components) {
      add_component(file, component, component.kind == ComponentKind::model ? schemas.models : schemas.datasets);
    }
  }
  return schemas;
}

std::map<std::string, std::string> files_by_name(const config::ComponentSet& set) {
  std::map<std::string, std::string> files;
  for (const config::ComponentSchema& schema : set.usable) files[schema.name] = schema.file;
  return files;
}

std::string unusable_text(const std::string& noun, const std::string& name, const config::ComponentSet& set) {
  const std::string what = "the " + noun + " \"" + name + "\"";
  for (const config::UnusableComponent& component : set.unusable) {
    if (component.name == name) return what + " cannot be used: " + component.reason;
  }
  return what + " is provided by no plugin that was found; name its folder with --plugin-path";
}

Json hashes_of_used(const sweep::Plan& plan, const schedule::PluginFiles& files, const catalog::Catalog& catalog) {
  std::set<std::string> used;
  for (const sweep::Trial& trial : plan.trials) {
    used.insert(files.models.at(trial.config.at("model").at("plugin").get<std::string>()));
    used.insert(files.datasets.at(trial.config.at("data").at("plugin").get<std::string>()));
  }
  Json hashes = Json::object();
  for (const catalog::PluginFile& file : catalog.files) {
    if (used.count(file.file.string())) hashes[file.file.string()] = file.sha256;
  }
  return hashes;
}

}  // namespace

config::Schemas find_schemas(const std::vector<std::filesystem::path>& plugin_folders) {
  return schemas_of(catalog::find_plugins(runner::plugin_folders(plugin_folders)));
}

schedule::PluginFiles plugin_files_of(const Json& config, const config::Schemas& schemas) {
  const auto require = [&](const char* section, const char* noun, const config::ComponentSet& set) {
    const auto name = config.at(section).at("plugin").get<std::string>();
    const auto files = files_by_name(set);
    if (files.count(name) == 0) throw RequestError(unusable_text(noun, name, set));
    return files;
  };
  return {require("model", "model", schemas.models), require("data", "dataset", schemas.datasets)};
}

PlannedSweep plan_sweep(const sweep::Source& source, const std::vector<std::filesystem::path>& plugin_folders) {
  const catalog::Catalog catalog = catalog::find_plugins(runner::plugin_folders(plugin_folders));
  const config::Schemas schemas = schemas_of(catalog);
  PlannedSweep planned;
  planned.plan = sweep::make_plan(source, schemas);
  planned.files = {files_by_name(schemas.models), files_by_name(schemas.datasets)};
  planned.plugin_hashes = hashes_of_used(planned.plan, planned.files, catalog);
  planned.worker_hash = sha256_of_file(worker_executable());
  for (const std::string& warning : planned.plan.warnings) spdlog::warn("{}", warning);
  return planned;
}

std::map<std::string, std::string> checkpoint_identity(const PlannedSweep& planned, const sweep::Trial& trial) {
  const auto digest_of = [&](const protocol::Component& component) {
    return planned.plugin_hashes.at(component.file).get<std::string>();
  };
  return {{"the configuration", trial.config_hash},
          {"the seed", std::to_string(trial.seed)},
          {"the worker's program", planned.worker_hash},
          {"the model's plugin", digest_of(planned.files.model(trial.config.at("model")))},
          {"the dataset's plugin", digest_of(planned.files.dataset(trial.config.at("data")))}};
}

schedule::Preparation prepare_sweep(const PlannedSweep& planned, const std::string& cache, schedule::WorkerPool& pool,
                                    schedule::Signals& signals) {
  schedule::Preparation preparation = schedule::prepare(planned.plan, planned.files, cache, pool, signals);
  std::vector<config::Diagnostic> diagnostics;
  for (const schedule::Problem& problem : preparation.problems) {
    diagnostics.push_back({planned.plan.locate(problem.trial, problem.path), problem.message});
  }
  if (!diagnostics.empty()) throw config::ConfigError(std::move(diagnostics));
  return preparation;
}

}  // namespace runner::cli
