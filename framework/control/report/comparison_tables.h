// A comparison as tables to be read, by people and in Markdown alike.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "control/report/comparison.h"

namespace runner::report {

// The arms of one table: label, the parameters that vary among them, seeds that count ("3 of 5" when not all do), mean,
// interval, standard deviation, causal perplexity where there is one, best epoch, speed, size, flags.
store::Table arms_table(const Comparison& comparison, const ComparisonTable& table);

// One row for each arm but the baseline: pairs, difference with its interval, corrected p value, verdict and reason.
// Without rows when there is no baseline or nothing beside it.
store::Table verdicts_table(const ComparisonTable& table);

// Columns of the two above that hold numbers as text and stand at the right.
std::set<std::string> number_columns(const Comparison& comparison);

}  // namespace runner::report
