// What an experiment's `plugin:` keys may name, as a value: config never looks for plugins itself.
#pragma once

#include <runner/params.h>

#include <string>
#include <vector>

namespace runner::config {

// A model or dataset that can be used.
struct ComponentSchema {
  std::string name;
  std::string file;  // absolute path of its plugin
  std::vector<ParamSpec> params;
};

// A name that exists but cannot be used, and the sentence that says why ("… was built for LibTorch 2.6.0, …").
struct UnusableComponent {
  std::string name;
  std::string reason;
};

struct ComponentSet {
  std::vector<ComponentSchema> usable;
  std::vector<UnusableComponent> unusable;
};

struct Schemas {
  ComponentSet models, datasets;
};

}  // namespace runner::config
