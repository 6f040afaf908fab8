// Opening plugins. The one user of Boost.DLL.
#pragma once

#include <runner/abi.h>
#include <runner/dataset.h>
#include <runner/model.h>

#include <string>

namespace runner::worker {

// Opens the plugin at an absolute path, resolving all its symbols, and checks its C descriptor: sizes, names, pointers,
// duplicates. The library stays open until the process ends: destroying LibTorch objects after dlclose crashes. Throws
// RequestError with what is wrong and with what to do. The descriptor lives as long as the process.
const runner_plugin_descriptor& open_plugin(const std::string& file);

// The factory of a component of an open plugin. Throws RequestError when it has no such one.
const ModelFactory& model_factory(const runner_plugin_descriptor& plugin, const std::string& name);
const DatasetFactory& dataset_factory(const runner_plugin_descriptor& plugin, const std::string& name);

// "model" or "dataset"
const char* kind_name(uint32_t kind);

// Whether a component or a parameter may have this name: [a-z][a-z0-9_]*
bool is_plain_name(const std::string& name);

}  // namespace runner::worker
