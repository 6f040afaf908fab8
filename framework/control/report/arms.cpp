#include "control/report/arms.h"

#include <algorithm>
#include <map>
#include <set>

#include "common/text.h"
#include "control/report/human.h"
#include "control/store/flags.h"

namespace runner::report {
namespace {

constexpr const char* kTrials = R"sql(
SELECT coalesce(nullif(t.label, ''), v.model, 'trial ' || t.number) AS arm, t.config_hash, t.trial_id, t.seed, t.status,
  t.flags, t.error, t.epochs_done, v.best_epoch, v.final_perplexity, v.best_perplexity, v.seconds, v.tokens_per_second,
  t.final_metric, t.best_metric,
  (SELECT value FROM metrics m WHERE m.trial_id = t.trial_id AND m.name = 'valid_perplexity' AND value IS NOT NULL
   ORDER BY epoch DESC LIMIT 1) AS valid_perplexity,
  (SELECT value FROM trial_facts f WHERE f.trial_id = t.trial_id AND f.name = 'parameters') AS parameters,
  (SELECT value FROM trial_facts f WHERE f.trial_id = t.trial_id AND f.name = 'unigram_perplexity') AS unigram,
  (SELECT value FROM trial_facts f WHERE f.trial_id = t.trial_id AND f.name = 'bigram_perplexity') AS bigram,
  (SELECT value FROM trial_facts f WHERE f.trial_id = t.trial_id AND f.name = 'causal_perplexity') AS causal
FROM trials t JOIN trial_summary v ON v.trial_id = t.trial_id
WHERE t.sweep_id = ? ORDER BY t.number
)sql";

std::optional<double> measure_of(const store::Cell& cell) {
  if (is_null(cell) || std::holds_alternative<std::string>(cell)) return std::nullopt;
  return real_of(cell);
}

ArmTrial trial_of(const std::vector<store::Cell>& row) {
  ArmTrial trial;
  trial.trial_id = integer_of(row[2]);
  trial.seed = integer_of(row[3]);
  trial.status = text_of(row[4]);
  trial.flags = text_of(row[5]);
  trial.error = text_of(row[6]);
  trial.epochs = integer_of(row[7]);
  trial.best_epoch = integer_of(row[8]);
  constexpr Measure kMeasures[] = {&ArmTrial::final_perplexity,
                                   &ArmTrial::best_perplexity,
                                   &ArmTrial::seconds,
                                   &ArmTrial::tokens_per_second,
                                   &ArmTrial::final_metric,
                                   &ArmTrial::best_metric,
                                   &ArmTrial::valid_perplexity,
                                   &ArmTrial::parameters,
                                   &ArmTrial::unigram,
                                   &ArmTrial::bigram,
                                   &ArmTrial::causal};
  size_t column = 9;
  for (const Measure measure : kMeasures) trial.*measure = measure_of(row[column++]);
  return trial;
}

}  // namespace

std::vector<const ArmTrial*> Arm::counted() const {
  std::vector<const ArmTrial*> completed, all;
  for (const ArmTrial& trial : trials) {
    all.push_back(&trial);
    if (trial.status == "completed") completed.push_back(&trial);
  }
  return completed.empty() ? all : completed;
}

std::optional<double> Arm::mean(Measure measure) const {
  double sum = 0, count = 0;
  for (const ArmTrial* trial : counted()) {
    sum += (trial->*measure).value_or(0);
    count += (trial->*measure).has_value();
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

std::optional<double> Arm::smallest(Measure measure) const {
  std::optional<double> result;
  for (const ArmTrial* trial : counted()) {
    if (const auto value = trial->*measure) result = std::min(result.value_or(*value), *value);
  }
  return result;
}

std::optional<double> Arm::largest(Measure measure) const {
  std::optional<double> result;
  for (const ArmTrial* trial : counted()) {
    if (const auto value = trial->*measure) result = std::max(result.value_or(*value), *value);
  }
  return result;
}

const ArmTrial* Arm::best() const {
  const ArmTrial* best = nullptr;
  for (const ArmTrial* trial : counted()) {
    if (trial->best_perplexity && (!best || *trial->best_perplexity < *best->best_perplexity)) best = trial;
  }
  return best;
}

size_t Arm::with_status(const std::string& status) const {
  return static_cast<size_t>(
      std::count_if(trials.begin(), trials.end(), [&](const ArmTrial& trial) { return trial.status == status; }));
}

std::string Arm::status_text() const {
  std::vector<std::string> parts;
  for (const char* status : {"completed", "pruned", "failed", "running", "interrupted", "waiting"}) {
    const size_t count = with_status(status);
    if (count == trials.size()) return status;
    if (count > 0) parts.push_back(std::to_string(count) + " " + status);
  }
  return join(parts, ", ");
}

std::string Arm::flags() const {
  std::set<std::string> all;
  for (const ArmTrial& trial : trials) all.merge(store::split_flags(trial.flags));
  return store::join_flags(all);
}

std::optional<std::string> Arm::sample(store::Reader& reader) const {
  for (const ArmTrial* trial : counted()) {
    const store::Table found = reader.query(
        "SELECT text FROM samples WHERE trial_id = ? ORDER BY epoch DESC, rowid LIMIT 1", {trial->trial_id});
    if (!found.rows.empty()) return text_of(found.rows[0][0]);
  }
  return std::nullopt;
}

std::vector<Arm> arms_of(store::Reader& reader, int64_t sweep_id) {
  std::vector<Arm> arms;
  std::map<std::string, size_t> by_hash;
  for (const auto& row : reader.query(kTrials, {sweep_id}).rows) {
    const std::string hash = text_of(row[1]);
    const auto [position, is_new] = by_hash.emplace(hash, arms.size());
    if (is_new) arms.push_back({text_of(row[0]), hash, {}});
    arms[position->second].trials.push_back(trial_of(row));
  }
  return arms;
}

}  // namespace runner::report
