// Checks values against declared parameters: one mechanism for plugins' parameters and for the framework's own.
#pragma once

#include <runner/params.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "control/config/node.h"
#include "control/config/problems.h"

namespace runner::config {

// Where the values come from.
struct ReadContext {
  std::filesystem::path directory;  // relative paths become absolute below it
};

// The value of the parameter at the dotted `path`, in the type and range that `spec` declares; otherwise nothing, with
// the reason in `problems`.
std::optional<ParamValue> read_param(const std::string& path, const Node& node, const ParamSpec& spec,
                                     const ReadContext& context, Problems& problems);

// The names that `specs` declare, in their order.
std::vector<std::string> names_of(const std::vector<ParamSpec>& specs);
const ParamSpec* find_spec(const std::vector<ParamSpec>& specs, std::string_view name);

// All parameters of a mapping: refuses unknown keys and missing values, fills in defaults. `path` is the mapping's own
// ("run"). A null node is an empty mapping. Values that were refused are left out.
ParamValues read_params(const std::string& path, const Node& node, const std::vector<ParamSpec>& specs,
                        const ReadContext& context, Problems& problems);

// "must be a mapping" unless the node is one or is null.
bool is_mapping(const std::string& path, const Node& node, Problems& problems);

// A value as labels and messages show it: "6", "0.01", "true", "lstm".
std::string value_text(const ParamValue& value);

}  // namespace runner::config
