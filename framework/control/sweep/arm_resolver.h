// An arm to its configuration, at a cost that suits many arms: sections that several arms share are resolved once.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control/sweep/resolver.h"

namespace runner::sweep {

// Borrows all arguments but `excused`.
class ArmResolver {
 public:
  // `arms`: all that there are, to know which plugins are in use. Notes what is wrong with the base.
  ArmResolver(const Space& space, const Registry& registry, const std::vector<Arm>& arms, std::set<std::string> excused,
              config::Problems& problems);

  // {data, model, train: {…, optimizer, schedule, early_stopping, checkpoint}, samples}. Arms must come in their order.
  // `label` names the arm in warnings.
  Json resolve(const Arm& arm, const std::string& label);

  // Whether an arm so far was wrong.
  bool has_failed() const { return has_failed_; }

  // One line for each dropped value and what has no parameter for it.
  void add_warnings(std::vector<std::string>& warnings) const;

 private:
  struct DropCount {
    Drop drop;
    std::string first_label;
    size_t arms = 0;
  };
  using SectionCache = std::map<std::vector<int>, std::shared_ptr<const ResolvedSection>>;

  std::shared_ptr<const ResolvedSection> section(SectionId id, const Arm& arm);
  std::vector<int> picks_within(SectionId id, const Arm& arm) const;
  Section layered(SectionId id, const Arm& arm) const;
  void set_entry(size_t entry);
  void count_drops(const ResolvedSection& section, const std::string& label);

  const Space& space_;
  config::Problems& problems_;
  const bool is_complete_;  // nothing is excused: the arms are what will run
  bool has_failed_ = false;
  Resolver resolver_;
  size_t entry_;
  std::array<SectionCache, kSectionCount> shared_caches_, entry_caches_;  // of the base; of one entry's changes
  std::vector<DropCount> drops_;
};

}  // namespace runner::sweep
