// Which sweep of a database a plan is.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "control/store/store.h"
#include "control/sweep/plan.h"

namespace runner::cli {

// The sweep of the plan's name and hash, if the database has it. When it has not, but has an unfinished sweep of that
// name with another hash, the difference is shown: a terminal is asked whether to start a new one beside it, anything
// else gets a RequestError that names --fresh.
std::optional<store::SweepState> find_own_sweep(store::Store& store, const sweep::Plan& plan);

// A plan's trials are those of its stored sweep in the same order, by number, seed and configuration. Throws
// EnvironmentError that names the first that is not: it would be trained as another one than its row says.
void require_planned_trials(const std::filesystem::path& database, const store::SweepState& stored,
                            const sweep::Plan& plan);

}  // namespace runner::cli
