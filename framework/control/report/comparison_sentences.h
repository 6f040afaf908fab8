// A comparison as sentences around its tables, for people and Markdown alike.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "control/report/comparison.h"

namespace runner::report {

// "perplexity at the last epoch, smaller is better: sweep 1 (depth), sweep 4 (width)"
std::string heading_text(const Comparison& comparison);
// "corpus 3f2a90c1, vocabulary 1860; unigram 510.04, bigram 9.2374": the data and its floors.
std::string data_text(const ComparisonTable& table);
// Said when there are several tables; '' otherwise.
std::string separation_text(const Comparison& comparison);
// "against num_layers=1 (the best mean), seed by seed", or why nothing is compared.
std::string baseline_text(const ComparisonTable& table);
// Why arms have no verdict or none is resolved: "lstm, rnn: 2 common seeds, a verdict takes 3", a reason each.
std::vector<std::string> reasons(const ComparisonTable& table);
// How the numbers of the tables are to be read, a sentence each.
std::vector<std::string> legend(const Comparison& comparison);
// Trials that do not count and why, arms of several sweeps, seeds that make no difference; a sentence each.
std::vector<std::string> notes(const Comparison& comparison, const ComparisonTable& table);
std::set<std::string> flags_of(const Comparison& comparison);

}  // namespace runner::report
