// Which parameters each section may have, by what its selector says.
#pragma once

#include <runner/params.h>

#include <string>
#include <vector>

#include "common/training.h"
#include "control/config/schemas.h"
#include "control/sweep/sections.h"

namespace runner::sweep {

class Registry {
 public:
  explicit Registry(const config::Schemas& schemas);

  // The parameters of a section whose selector says `name` (ignored where there is no selector). nullptr when nothing
  // of that name can be used.
  const std::vector<ParamSpec>* specs(SectionId id, const std::string& name) const;
  const ParamSpec* spec(SectionId id, const std::string& name, const std::string& key) const;

  // Why `specs` is null, as a sentence with the nearest name.
  std::string refusal(SectionId id, const std::string& name) const;

  // What the selector of a section may say.
  std::vector<std::string> names(SectionId id) const;
  // Those of them that have a parameter `key`.
  std::vector<std::string> names_with(SectionId id, const std::string& key) const;

  // What the selector says when nobody does; empty: it is required.
  std::string default_name(SectionId id) const;

  // "model (plugin lstm)", "train.optimizer (sgd)", "train"
  static std::string title(SectionId id, const std::string& name);
  // "plugin lstm", "optimizer sgd", "schedule cosine"
  static std::string noun(SectionId id, const std::string& name);

 private:
  std::array<std::vector<OptionKind>, kSectionCount> kinds_;  // sorted by name; a section without selector has one
  std::array<std::vector<config::UnusableComponent>, kSectionCount> unusable_;
};

}  // namespace runner::sweep
