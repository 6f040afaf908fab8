// A comparison as `runner compare` prints it.
#pragma once

#include <iosfwd>
#include <string>

#include "control/report/comparison.h"
#include "control/report/format.h"

namespace runner::report {

// For people: for every set of data its arms, its verdicts, and what was left out; then how to read it. JSON: one
// object {metric, goal, unit, sweeps, tables, flags, command}, each table with its data, baseline and arms, each arm
// with its trials. CSV: one row an arm. `command` is what the comparison was made by.
void print_comparison(const Comparison& comparison, const std::string& command, Format format, std::ostream& out,
                      int64_t max_width);

}  // namespace runner::report
