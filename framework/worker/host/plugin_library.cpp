#include "worker/host/plugin_library.h"

#include <dlfcn.h>

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <set>
#include <utility>

#include "common/error.h"

namespace runner::worker {
namespace {

namespace dll = boost::dll;

// Many times what anybody provides; a larger count is a descriptor of another layout.
constexpr uint32_t kMostComponents = 4096;

[[noreturn]] void refuse(const std::string& reason) {
  throw RequestError(reason + "; rebuild the plugin with this runner's SDK");
}

const dll::shared_library& open_library(const std::string& file) {
  auto* library = new dll::shared_library;  // never deleted: see the header
  std::error_code error;
  library->load(file, error, dll::load_mode::rtld_now);
  if (library->is_loaded()) return *library;
  const char* reason = dlerror();
  throw RequestError("it cannot be opened: " + (reason ? std::string(reason) : error.message()));
}

void check_size(const char* what, uint32_t found, size_t expected) {
  if (found == expected) return;
  refuse(std::string(what) + " has " + std::to_string(found) + " bytes, this runner expects " +
         std::to_string(expected));
}

void check_component(const runner_component& component, uint32_t index) {
  const std::string place = "component " + std::to_string(index + 1);
  check_size(place.c_str(), component.size, sizeof(runner_component));
  if (component.kind != RUNNER_MODEL && component.kind != RUNNER_DATASET) {
    refuse(place + " is neither a model nor a dataset (kind " + std::to_string(component.kind) + ")");
  }
  if (!component.name || !is_plain_name(component.name)) {
    throw RequestError(place + " has " +
                       (component.name ? "the name \"" + std::string(component.name) + "\"" : "no name") +
                       "; a name is a small letter followed by small letters, digits and underscores");
  }
  if (!component.doc) throw RequestError("\"" + std::string(component.name) + "\" has no doc line (null)");
  if (!component.factory) throw RequestError("\"" + std::string(component.name) + "\" has no factory (null)");
}

void check_descriptor(const runner_plugin_descriptor& plugin) {
  check_size("its descriptor", plugin.size, sizeof(runner_plugin_descriptor));
  if (plugin.sdk_abi != RUNNER_SDK_ABI) {
    refuse("its descriptor is of SDK ABI " + std::to_string(plugin.sdk_abi) + ", this runner uses " +
           std::to_string(RUNNER_SDK_ABI));
  }
  if (!plugin.version) throw RequestError("its descriptor has no version (null)");
  if (!plugin.components || plugin.component_count == 0) throw RequestError("it provides no model and no dataset");
  if (plugin.component_count > kMostComponents)
    refuse("its descriptor is damaged: it counts " + std::to_string(plugin.component_count) + " components");
  std::set<std::pair<uint32_t, std::string>> seen;
  for (uint32_t i = 0; i < plugin.component_count; ++i) {
    const runner_component& component = plugin.components[i];
    check_component(component, i);
    if (seen.emplace(component.kind, component.name).second) continue;
    throw RequestError(std::string("it provides the ") + kind_name(component.kind) + " \"" + component.name +
                       "\" twice; give each its own name");
  }
}

const void* factory(const runner_plugin_descriptor& plugin, uint32_t kind, const std::string& name) {
  for (uint32_t i = 0; i < plugin.component_count; ++i) {
    const runner_component& component = plugin.components[i];
    if (component.kind == kind && component.name == name) return component.factory;
  }
  throw RequestError(std::string("the plugin file no longer provides the ") + kind_name(kind) + " \"" + name +
                     "\"; it was changed since it was listed, start again");
}

}  // namespace

const runner_plugin_descriptor& open_plugin(const std::string& file) {
  const dll::shared_library& library = open_library(file);
  if (!library.has(RUNNER_DESCRIPTOR_SYMBOL)) {
    throw RequestError("it exports no " RUNNER_DESCRIPTOR_SYMBOL "; write RUNNER_PLUGIN(…) once in the plugin");
  }
  // Libraries are never closed. NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks)
  const auto& plugin = library.get<const runner_plugin_descriptor>(RUNNER_DESCRIPTOR_SYMBOL);
  check_descriptor(plugin);
  return plugin;
}

const ModelFactory& model_factory(const runner_plugin_descriptor& plugin, const std::string& name) {
  return *static_cast<const ModelFactory*>(factory(plugin, RUNNER_MODEL, name));
}

const DatasetFactory& dataset_factory(const runner_plugin_descriptor& plugin, const std::string& name) {
  return *static_cast<const DatasetFactory*>(factory(plugin, RUNNER_DATASET, name));
}

const char* kind_name(uint32_t kind) { return kind == RUNNER_MODEL ? "model" : "dataset"; }

bool is_plain_name(const std::string& name) {
  const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_allowed = [&](char c) { return is_small(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && is_small(name.front()) && std::all_of(name.begin(), name.end(), is_allowed);
}

}  // namespace runner::worker
