#include "control/cli/stored_trial.h"

#include <algorithm>
#include <variant>

#include "common/error.h"
#include "common/folder.h"
#include "common/paths.h"
#include "common/tensor_file.h"
#include "control/report/human.h"
#include "control/report/trial_page.h"
#include "control/store/stored_json.h"

namespace runner::cli {
namespace fs = std::filesystem;
namespace {

// Folders that were swapped, or copied beside another database, must not speak for a trial that they are not of.
void require_own(const fs::path& weights, store::Reader& reader, int64_t trial) {
  const store::Table found =
      reader.query("SELECT value FROM trial_facts WHERE trial_id = ? AND name = 'weights_digest'", {trial});
  const std::string expected = found.rows.empty() ? "" : report::text_of(found.rows[0][0]);
  const TensorFile file(weights);
  const auto digest = file.metadata().find("weights_digest");
  if (digest != file.metadata().end() && digest->second == expected) return;
  throw EnvironmentError(weights.string() + " are not the weights of trial " + std::to_string(trial) +
                         ": the database has their digest as " + (expected.empty() ? "unknown" : expected) +
                         ", the file states " + (digest == file.metadata().end() ? "none" : digest->second) +
                         "; put the right file there, or train the trial again");
}

// Earlier runners had it of the whole sweep only.
constexpr const char* kThreads =
    "coalesce((SELECT value FROM trial_facts f WHERE f.trial_id = t.trial_id AND f.name = 'threads'), "
    "iif(json_valid(s.environment), json_extract(s.environment, '$.threads_per_trial'), NULL))";

int64_t number_of_threads(const store::Cell& known) {
  const auto* const threads = std::get_if<int64_t>(&known);
  return threads ? std::max<int64_t>(1, *threads) : 1;
}

}  // namespace

StoredTrial stored_trial(store::Reader& reader, int64_t trial_id) {
  report::require_trial(reader, trial_id);
  const store::Table found =
      reader.query("SELECT t.sweep_id, s.name, t.status, t.config, t.seed, t.epochs_done, " + std::string(kThreads) +
                       " FROM trials t JOIN sweeps s ON s.sweep_id = t.sweep_id WHERE t.trial_id = ?",
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
  trial.threads = number_of_threads(row[6]);
  return trial;
}

fs::path weights_of(store::Reader& reader, const StoredTrial& trial) {
  const std::string name = "trial " + std::to_string(trial.trial_id);
  if (trial.status != "completed") {
    throw RequestError(name + " is " + trial.status + " and so has no weights: a trial leaves them when it completes");
  }
  fs::path file = fs::absolute(weights_file(trial_folder(reader.file(), trial.trial_id)));
  if (!file_exists(file)) {
    throw EnvironmentError(name + " has completed, but its weights " + file.string() +
                           " are gone: put them back, or train it again");
  }
  require_own(file, reader, trial.trial_id);
  return file;
}

}  // namespace runner::cli
