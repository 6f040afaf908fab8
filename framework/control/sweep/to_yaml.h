// A resolved configuration back to an experiment file.
#pragma once

#include <cstdint>
#include <string>

#include "common/json.h"
#include "control/config/schemas.h"

namespace runner::sweep {

// YAML of a single-trial experiment that resolves to exactly `config` (of a Trial) with `seed`. Durations and sizes are
// bare numbers in a configuration and need units in a file: which parameters they are, `schemas` says; without it such
// parameters would be refused when the file is read.
std::string experiment_yaml(const std::string& name, const Json& config, int64_t seed,
                            const config::Schemas* schemas = nullptr);

}  // namespace runner::sweep
