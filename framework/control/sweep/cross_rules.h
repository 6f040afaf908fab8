// Rules of the framework's own sections that no section can judge alone.
#pragma once

#include <functional>

#include "common/json.h"
#include "control/config/problems.h"
#include "control/sweep/sections.h"

namespace runner::sweep {

// `config`: of one arm, every section of it sound. `section_of` gives a section with all its layers, to say where a
// value was written; it is asked only when something is wrong.
void check_across_sections(const Json& config, const std::function<Section(SectionId)>& section_of,
                           config::Problems& problems);

}  // namespace runner::sweep
