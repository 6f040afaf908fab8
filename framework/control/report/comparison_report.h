// A comparison as a document that stands on its own.
#pragma once

#include <iosfwd>
#include <string>

#include "control/report/comparison.h"
#include "control/store/reader.h"

namespace runner::report {

// Markdown: for every set of data its floors, the arms, the verdicts and what was left out; how to read them; what the
// flags mean; samples of the arms side by side through the epochs, a section for each prefix; the environments of the
// sweeps; and `command`, which makes it again. Holds no time of its own, so the same results give the same text.
void print_comparison_report(store::Reader& reader, const Comparison& comparison, const std::string& command,
                             std::ostream& out);

}  // namespace runner::report
