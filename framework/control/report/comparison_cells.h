// What the tables of a comparison have in their cells.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/report/comparison.h"

namespace runner::report {

// Empty for what is not known.
store::Cell cell_of(const std::optional<double>& value);
// Without its fraction.
store::Cell whole_cell(const std::optional<double>& value);

// Names of the parameters that are not the same in all these arms, or that some lack.
std::vector<std::string> varying(const std::vector<const ComparedArm*>& arms);
// A cell for each name, empty where the arm lacks the parameter.
void add_parameters(std::vector<store::Cell>& row, const ComparedArm& arm, const std::vector<std::string>& names);
std::vector<const ComparedArm*> arms_of(const ComparisonTable& table);
// The numbers of the sweeps that an arm's trials are of, "1, 4".
std::string sweeps_text(const ComparedArm& arm);

// Over the trials that count.
std::optional<double> mean_of(const ComparedArm& arm, Measure measure);
// exp of the mean in nats per token, like every mean of perplexities here.
std::optional<double> causal_of(const ComparedArm& arm);

struct Epochs {
  int64_t first = 0, last = 0;
};
std::optional<Epochs> best_epochs(const ComparedArm& arm);

}  // namespace runner::report
