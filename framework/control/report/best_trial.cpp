#include "control/report/best_trial.h"

#include "common/error.h"
#include "control/report/human.h"
#include "control/report/marks.h"

namespace runner::report {
namespace {

constexpr const char* kCompeting =
    "FROM trials t JOIN sweeps s ON s.sweep_id = t.sweep_id WHERE t.sweep_id = ? AND t.status = 'completed' AND "
    "t.best_metric IS NOT NULL AND ";

constexpr const char* kOrder =
    " ORDER BY CASE s.goal WHEN 'minimize' THEN t.best_metric ELSE -t.best_metric END, t.number LIMIT 1";

std::string dishonest_trials(store::Reader& reader, int64_t sweep_id) {
  const std::string sql = "SELECT group_concat(trial_id, ', ') FROM (SELECT t.trial_id " + std::string(kCompeting) +
                          "NOT " + kIsHonestSql + " ORDER BY t.trial_id)";
  return text_of(reader.query(sql, {sweep_id}).rows.at(0)[0]);
}

[[noreturn]] void only_dishonest(int64_t sweep_id, const std::string& trials) {
  throw RequestError("sweep " + std::to_string(sweep_id) + " has no best trial: every completed one (" + trials +
                     ") is flagged sees_future, it sees the tokens it shall predict; `runner show " +
                     std::to_string(sweep_id) + "` shows them with their causal perplexity");
}

[[noreturn]] void no_best(store::Reader& reader, int64_t sweep_id) {
  const store::Table sweep = reader.query("SELECT name, metric FROM sweeps WHERE sweep_id = ?", {sweep_id});
  const store::Table counts = reader.query(
      "SELECT group_concat(n || ' ' || status, ', ') FROM (SELECT status, count(*) AS n FROM trials WHERE "
      "sweep_id = ? GROUP BY status)",
      {sweep_id});
  throw RequestError("sweep " + std::to_string(sweep_id) + " (" + text_of(sweep.rows.at(0)[0]) +
                     ") has no completed trial with a value of " + text_of(sweep.rows[0][1]) +
                     " yet; its trials: " + cell_text(counts.rows.at(0)[0]));
}

}  // namespace

BestTrial best_trial(store::Reader& reader, int64_t sweep_id) {
  const store::Table found =
      reader.query("SELECT t.trial_id " + std::string(kCompeting) + kIsHonestSql + kOrder, {sweep_id});
  const std::string left_out = dishonest_trials(reader, sweep_id);
  if (found.rows.empty() && !left_out.empty()) only_dishonest(sweep_id, left_out);
  if (found.rows.empty()) no_best(reader, sweep_id);
  return {integer_of(found.rows[0][0]), left_out};
}

}  // namespace runner::report
