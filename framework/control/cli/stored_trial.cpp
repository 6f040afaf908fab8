#include "control/cli/stored_trial.h"

#include <algorithm>

#include "control/report/human.h"
#include "control/report/trial_page.h"
#include "control/store/stored_json.h"

namespace runner::cli {

StoredTrial stored_trial(store::Reader& reader, int64_t trial_id) {
  report::require_trial(reader, trial_id);
  const store::Table found = reader.query(
      "SELECT t.sweep_id, s.name, t.status, t.config, t.seed, t.epochs_done, s.environment "
      "FROM trials t JOIN sweeps s ON s.sweep_id = t.sweep_id WHERE t.trial_id = ?",
      {trial_id});
  const auto& row = found.rows.at(0);
  StoredTrial trial;
  trial.trial_id = trial_id;
  trial.sweep_id = report::integer_of(row[0]);
  trial.sweep = report::text_of(row[1]);
  trial.status = report::text_of(row[2]);
  trial.config = store::stored_json(report::text_of(row[3]), "config of trial " + std::to_string(trial_id));
  trial.seed = report::integer_of(row[4]);
  trial.epochs_done = report::integer_of(row[5]);
  const Json environment =
      store::stored_json(report::text_of(row[6]), "environment of sweep " + std::to_string(trial.sweep_id));
  trial.threads = std::max<int64_t>(1, environment.value("threads_per_trial", int64_t{1}));
  return trial;
}

}  // namespace runner::cli
