// A trial's configuration taken apart into rows.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/json.h"
#include "control/store/store.h"

namespace SQLite {
class Statement;
}

namespace runner::store {

// Every leaf of a configuration under its dotted path, and `seed`. A list is one leaf.
std::vector<std::pair<std::string, Json>> resolved_parameters(const NewTrial& trial);

// The dotted paths whose value is not the same in all trials, or that some trials lack; sorted.
std::vector<std::string> varied_parameters(const std::vector<NewTrial>& trials);

// Booleans as 1 and 0, lists as JSON text, numbers that are not finite as NULL.
void bind_json(SQLite::Statement& statement, int index, const Json& value);
void bind_number(SQLite::Statement& statement, int index, double value);

}  // namespace runner::store
