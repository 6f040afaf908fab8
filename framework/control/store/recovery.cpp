#include "control/store/recovery.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <string>
#include <vector>

namespace runner::store {
namespace {

constexpr const char* kSweepMetric = R"sql(
WITH sweep AS (SELECT metric, goal FROM sweeps s JOIN trials t USING (sweep_id) WHERE t.trial_id = ?1),
  defined AS (SELECT epoch, value FROM metrics
              WHERE trial_id = ?1 AND name = (SELECT metric FROM sweep) AND value IS NOT NULL)
UPDATE trials SET
  final_metric = (SELECT value FROM defined ORDER BY epoch DESC LIMIT 1),
  (best_metric, best_epoch) = (SELECT value, epoch FROM defined
    ORDER BY CASE (SELECT goal FROM sweep) WHEN 'minimize' THEN value ELSE -value END, epoch LIMIT 1)
WHERE trial_id = ?1
)sql";

constexpr const char* kSummary = R"sql(
WITH perplexity AS (SELECT epoch, value FROM metrics
                    WHERE trial_id = ?1 AND name = 'perplexity' AND value IS NOT NULL)
UPDATE trials SET
  final_perplexity = (SELECT value FROM perplexity ORDER BY epoch DESC LIMIT 1),
  (best_perplexity, best_perplexity_epoch) = (SELECT value, epoch FROM perplexity ORDER BY value, epoch LIMIT 1),
  seconds = (SELECT sum(value) FROM metrics WHERE trial_id = ?1 AND name = 'seconds'),
  tokens_per_second = (
    SELECT sum(speed.value * time.value) / sum(time.value) FROM metrics speed
    JOIN metrics time ON time.trial_id = speed.trial_id AND time.name = 'seconds' AND time.epoch = speed.epoch
    WHERE speed.trial_id = ?1 AND speed.name = 'tokens_per_second' AND speed.value IS NOT NULL)
WHERE trial_id = ?1
)sql";

void execute_for(SQLite::Database& database, const char* sql, int64_t id) {
  SQLite::Statement statement(database, sql);
  statement.bind(1, id);
  statement.exec();
}

std::vector<int64_t> running_trials(SQLite::Database& database, std::optional<int64_t> sweep_id) {
  // Without being told, SQLite reads an index of all trials.
  const std::string running = "SELECT trial_id FROM trials INDEXED BY trials_running WHERE status = 'running'";
  SQLite::Statement select(database, sweep_id ? running + " AND sweep_id = ?" : running);
  if (sweep_id) select.bind(1, *sweep_id);
  std::vector<int64_t> trials;
  while (select.executeStep()) trials.push_back(select.getColumn(0).getInt64());
  return trials;
}

}  // namespace

void summarize_trial(SQLite::Database& database, int64_t trial_id) {
  execute_for(database, kSweepMetric, trial_id);
  execute_for(database, kSummary, trial_id);
}

void interrupt_orphans(SQLite::Database& database, std::optional<int64_t> sweep_id) {
  for (const int64_t trial : running_trials(database, sweep_id)) {
    execute_for(database, "UPDATE attempts SET outcome = 'interrupted' WHERE trial_id = ? AND outcome IS NULL", trial);
    execute_for(database, "UPDATE trials SET status = 'interrupted' WHERE trial_id = ?", trial);
    summarize_trial(database, trial);
  }
  if (!sweep_id) database.exec("UPDATE sweeps SET status = 'interrupted' WHERE status = 'running'");
}

}  // namespace runner::store
