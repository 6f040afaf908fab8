// A comparison as one table for programs.
#pragma once

#include "control/report/comparison.h"

namespace runner::report {

// All arms of all tables with everything that is known of them; the table's number, from 1, comes first.
store::Table program_table(const Comparison& comparison);

}  // namespace runner::report
