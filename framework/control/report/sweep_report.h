// What a sweep came to: the table at its end.
#pragma once

#include <cstdint>
#include <iosfwd>

#include "control/report/format.h"
#include "control/report/table.h"
#include "control/store/reader.h"

namespace runner::report {

// One row an arm: its seeds, what became of them, parameters, epochs, perplexity after the last epoch (the mean over
// seeds, with the range when there are several) and the best one with its epoch, beside the unigram and bigram
// perplexities of its data, which tell whether a model learnt more than frequencies. Perplexities of an arm that sees
// the future are marked and its causal perplexity stands beside them. For people, what is equal in all rows stands in a
// line below the table, then why trials failed, then one sample an arm: of the last epoch, after the first prefix. For
// programs, everything stands in the rows.
//
// Numbers of an arm are those of its completed trials; of all its trials when none completed.
void print_sweep_report(store::Reader& reader, int64_t sweep_id, Format format, std::ostream& out,
                        int64_t max_width = terminal_width());

}  // namespace runner::report
