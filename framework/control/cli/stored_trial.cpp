#include "control/cli/stored_trial.h"

#include <algorithm>

#include "control/report/human.h"
#include "control/report/trial_page.h"

namespace runner::cli {

StoredTrial stored_trial(store::Reader& reader, int64_t trial_id) {
  report::require_trial(reader, trial_id);
  const store::Table found = reader.query(
      "SELECT t.sweep_id, s.name, t.status, t.config, t.seed, t.epochs_done, s.environment ->> '$.threads_per_trial' "
      "FROM trials t JOIN sweeps s ON s.sweep_id = t.sweep_id WHERE t.trial_id = ?",
      {trial_id});
  const auto& row = found.rows.at(0);
  StoredTrial trial;
  trial.trial_id = trial_id;
  trial.sweep_id = report::integer_of(row[0]);
  trial.sweep = report::text_of(row[1]);
  trial.status = report::text_of(row[2]);
  trial.config = Json::parse(report::text_of(row[3]));
  trial.seed = report::integer_of(row[4]);
  trial.epochs_done = report::integer_of(row[5]);
  trial.threads = std::max<int64_t>(1, report::integer_of(row[6]));
  return trial;
}

}  // namespace runner::cli
