// A section with all its layers to its canonical values.
#pragma once

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"
#include "control/sweep/registry.h"
#include "control/sweep/space.h"

namespace runner::sweep {

// A value that the chosen plugin, optimizer or schedule has no parameter for, though the one that the file names, or
// another arm's, has.
struct Drop {
  ParamPath path;
  config::Place place;
  std::string text;
  std::string chosen;  // "plugin rnn"
};

struct ResolvedSection {
  Json values = Json::object();  // every parameter, defaults filled in, in the JSON type of its schema
  std::vector<Drop> drops;
  bool is_sound = false;  // nothing was wrong: `values` are what was meant
};

// Whether a text says where to compute: auto, cpu, cuda or cuda:N.
bool is_device(std::string_view text);

// Borrows its arguments.
class Resolver {
 public:
  // `used`: what the selectors of the arms say. `excused`: dotted paths that need not be there.
  Resolver(const Space& space, const Registry& registry, std::array<std::set<std::string>, kSectionCount> used,
           std::set<std::string> excused, config::Problems& problems);

  ResolvedSection resolve(SectionId id, const Section& section);

  // Checks what the file states, also where every arm replaces it.
  void check_base();

 private:
  std::string read_name(SectionId id, const Section& section);
  void read_values(SectionId id, const std::string& name, const Section& section, ResolvedSection& result);
  void read_undeclared(SectionId id, const std::string& name, const Assignment& assignment, ResolvedSection& result);
  void require(SectionId id, const std::string& name, const Section& section);
  void check_rules(SectionId id, const Section& section, const ResolvedSection& result);
  void require_patience(const Section& section);
  void check_samples(const Section& section, const ResolvedSection& result);

  std::string base_name(SectionId id) const;
  bool is_used_elsewhere(SectionId id, const std::string& key) const;
  bool may_be_dropped(SectionId id, const Assignment& assignment) const;
  void refuse_undeclared(SectionId id, const std::string& name, const Assignment& assignment);
  std::string when_hint(SectionId id, const std::string& key) const;

  const Space& space_;
  const Registry& registry_;
  const std::array<std::set<std::string>, kSectionCount> used_;
  const std::set<std::string> excused_;
  config::Problems& problems_;
  std::array<bool, kSectionCount> forced_{};  // the command line chose the selector
};

}  // namespace runner::sweep
