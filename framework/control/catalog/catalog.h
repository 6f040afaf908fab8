// The plugins that can be found, without opening any of them in this process.
//
// For every *.so file of the search path, in order: read its ABI note from the bytes of the file and compare it with
// the note of our own worker; when they agree, have a worker process open and describe it. Descriptions are kept under
// $XDG_CACHE_HOME/runner by the file's SHA-256, so a plugin is opened once for each of its builds.
#pragma once

#include <runner/params.h>

#include <filesystem>
#include <string>
#include <vector>

namespace runner::catalog {

enum class ComponentKind { model, dataset };
const char* kind_name(ComponentKind kind);  // "model", "dataset"

struct Component {
  ComponentKind kind = ComponentKind::model;
  std::string name, doc;
  std::vector<ParamSpec> params;
  std::string problem;  // why it cannot be used: another file provides the same name; empty: it can
};

// One file. Files that cannot be used have a `problem` and no components.
struct PluginFile {
  std::filesystem::path file;  // absolute
  std::string sha256;          // empty when it could not be read
  std::string version;
  std::string problem;  // "built for LibTorch 2.6.0, this runner uses 1.13.1: rebuild it"; empty: usable
  std::vector<Component> components;
};

// What a plugin is given to be opened and to answer what it provides or which options it accepts. It need not work for
// that, but its file and LibTorch's may lie on a slow disk.
inline constexpr Duration kTimeToAnswer{120};

struct Catalog {
  std::vector<PluginFile> files;  // in the order of the search path, then by name
};

// Looks through `folders` (see plugin_folders in common/paths.h). A folder that does not exist has no plugins. Two
// folders that are the same one count once. A plugin that does not answer in time cannot be used. Throws
// EnvironmentError when the worker is missing or cannot be run at all.
Catalog find_plugins(const std::vector<std::filesystem::path>& folders, const Duration& time_to_answer = kTimeToAnswer);

}  // namespace runner::catalog
