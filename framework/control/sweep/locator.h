// Where a trial's values were written.
#pragma once

#include <vector>

#include "control/sweep/plan.h"
#include "control/sweep/space.h"

namespace runner::sweep {

class SpaceLocator final : public Plan::Locator {
 public:
  // Each arm has `seeds` trials in a row. `metric`: of sweep.metric, the same for all. `root` stands for what else no
  // section encloses.
  SpaceLocator(Space space, std::vector<Arm> arms, size_t seeds, config::Place metric, config::Place root);
  config::Location locate(size_t trial, std::string_view path) const override;

 private:
  config::Place place_of(const Arm& arm, std::string_view path) const;

  const Space space_;
  const std::vector<Arm> arms_;
  const size_t seeds_;
  const config::Place metric_, root_;
};

}  // namespace runner::sweep
