// One trial with everything that is known of it: what `runner show --trial ID` prints.
#pragma once

#include <cstdint>
#include <iosfwd>

#include "control/report/format.h"
#include "control/store/reader.h"

namespace runner::report {

// Throws RequestError when the database has no such trial, naming how to find one, and EnvironmentError when it has a
// trial without its sweep.
void require_trial(store::Reader& reader, int64_t trial_id);

// For people: status, its files, the parameters that vary in its sweep and then the others, facts, metrics at about a
// dozen epochs, samples, attempts with what a failed one said last. JSON: one object {trial, weights, parameters,
// facts, metrics, samples, attempts} with all epochs. CSV: the metrics, one row an epoch. `is_alive` as in
// sweep_page.h.
void print_trial_page(store::Reader& reader, int64_t trial_id, bool is_alive, Format format, std::ostream& out,
                      int64_t max_width);

}  // namespace runner::report
