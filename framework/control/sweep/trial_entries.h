// `sweep.trials`.
#pragma once

#include <string>
#include <vector>

#include "control/sweep/space.h"
#include "control/sweep/vocabulary.h"

namespace runner::sweep {

// The entries of a list of partial configurations (nullptr: none). At least one, which changes nothing when there is no
// usable list.
std::vector<TrialEntry> read_trial_entries(const config::Entry* trials, config::Problems& problems);

// Takes out of the entries what the command line fixes, with one line for each path.
void drop_fixed_values(Space& space, std::vector<std::string>& warnings);

// Fills in `changes` of the entries without a label.
void name_changes(Space& space, const Vocabulary& vocabulary);

}  // namespace runner::sweep
