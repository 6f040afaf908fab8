// Which sweep of a database a plan is.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"
#include "control/cli/planning.h"
#include "control/store/reader.h"
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

// The data of the trials that `is_left` says are to run are those that others of the sweep were trained on, as the same
// configuration may stand for a file that has changed. `facts`: of the dataset of each of the plan's trials, as
// prepared now. Throws RequestError that names the data, what was expected and what was found: one table, with means
// over seeds, must not be of two texts. Call it after require_planned_trials.
void require_same_data(store::Reader& reader, const store::SweepState& stored, const sweep::Plan& plan,
                       const std::vector<Json>& facts, const std::function<bool(const store::TrialState&)>& is_left);

// Whether it is known that the sweep's results come from several builds of the code: its environment has this field.
constexpr const char* kSeveralBuilds = "several_builds";
bool is_of_several_builds(const store::SweepState& stored);

// What of the code that is used now, the plugins' files and the worker's, the sweep did not run with the last time.
std::vector<std::string> changed_code(const store::SweepState& stored, const PlannedSweep& planned);

}  // namespace runner::cli
