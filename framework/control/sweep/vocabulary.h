// The parameters that a sweep can speak of: those of the plugins, optimizers and schedules that any of its arms may
// choose.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "control/sweep/registry.h"
#include "control/sweep/sections.h"

namespace runner::sweep {

class Vocabulary {
 public:
  using Names = std::array<std::vector<std::string>, kSectionCount>;

  // `names`: what the selector of each section may say; ignored where there is none. Borrows the registry.
  Vocabulary(const Registry& registry, Names names);

  const std::vector<std::string>& names(SectionId id) const { return names_[index_of(id)]; }

  // How the first of the candidates that has it declares a parameter; nullptr: none has it. A selector is a string.
  const ParamSpec* spec(const ParamPath& path) const;

  // False when no candidate of that section can be used: then nothing can be said about its parameters.
  bool can_judge(SectionId id) const;

  // Why nothing is known by that dotted path, with the nearest path that is.
  std::string unknown_path(const std::string& dotted) const;

 private:
  std::vector<std::string> all_paths() const;

  const Registry& registry_;
  Names names_;
};

// The parameter that a selector is.
const ParamSpec& selector_spec();

}  // namespace runner::sweep
