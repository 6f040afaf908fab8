// JSON that a column holds: `config`, `environment`, `varied`. A database may come from anybody.
#pragma once

#include <string>

#include "common/json.h"

namespace runner::store {

// `where` is its place for people, such as "config of trial 4". Throws EnvironmentError for what is no JSON, and for
// values nested deeper than any that a runner writes, which a program that walks through them would not survive.
Json stored_json(const std::string& text, const std::string& where);

}  // namespace runner::store
