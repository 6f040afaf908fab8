// One sweep with its trials: what `runner show SWEEP` prints.
#pragma once

#include <cstdint>
#include <iosfwd>

#include "control/report/format.h"
#include "control/store/reader.h"

namespace runner::report {

// For people: the sweep, its first `limit` trials (0: all) with the parameters that vary, their errors, and the
// environment. JSON: one object {sweep, environment, experiment, trials}. CSV: the trials. Programs get every trial.
// `is_alive`: whether a runner writes the database now; without one, what the database calls running is not.
void print_sweep_page(store::Reader& reader, int64_t sweep_id, bool is_alive, int64_t limit, Format format,
                      std::ostream& out, int64_t max_width);

}  // namespace runner::report
