#include "control/report/compared_arms.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "common/text.h"
#include "control/report/human.h"
#include "control/store/flags.h"

namespace runner::report {
namespace {

// ?1: the metric; ?2: 1 to minimize, -1 to maximize; ?3: the sweep. A fact stands in for a metric of its name.
constexpr const char* kValues = R"sql(
SELECT t.trial_id,
  EXISTS (SELECT 1 FROM metrics m WHERE m.trial_id = t.trial_id AND m.name = ?1) AS has_metric,
  (SELECT value FROM metrics m WHERE m.trial_id = t.trial_id AND m.name = ?1 ORDER BY epoch DESC LIMIT 1) AS last,
  (SELECT value FROM trial_facts f WHERE f.trial_id = t.trial_id AND f.name = ?1) AS fact,
  (SELECT epoch FROM metrics m WHERE m.trial_id = t.trial_id AND m.name = ?1 AND value IS NOT NULL
   ORDER BY value * ?2, epoch LIMIT 1) AS best_epoch,
  (SELECT value FROM trial_facts f WHERE f.trial_id = t.trial_id AND f.name = 'corpus_hash') AS corpus_hash,
  (SELECT value FROM trial_facts f WHERE f.trial_id = t.trial_id AND f.name = 'vocabulary') AS vocabulary,
  (SELECT value FROM trial_facts f WHERE f.trial_id = t.trial_id AND f.name = 'memoryless_loss') AS memoryless_loss
FROM trials t WHERE t.sweep_id = ?3
)sql";

std::optional<double> number_of(const store::Cell& cell) {
  if (is_null(cell) || std::holds_alternative<std::string>(cell) || !std::isfinite(real_of(cell))) return std::nullopt;
  return real_of(cell);
}

struct TrialValues {
  bool measured = false;
  std::optional<double> value;
  int64_t best_epoch = 0;
  Data data;
};

TrialValues values_of(const std::vector<store::Cell>& row) {
  const bool has_metric = integer_of(row[1]) != 0;
  TrialValues values{has_metric || !is_null(row[3]), number_of(has_metric ? row[2] : row[3]), integer_of(row[4]), {}};
  values.data.corpus_hash = text_of(row[5]);
  values.data.vocabulary = row[6];
  values.data.memoryless_loss = number_of(row[7]);
  return values;
}

std::map<int64_t, TrialValues> load_values(store::Reader& reader, int64_t sweep_id, const std::string& metric,
                                           bool minimize) {
  std::map<int64_t, TrialValues> values;
  for (const auto& row : reader.query(kValues, {metric, int64_t{minimize ? 1 : -1}, sweep_id}).rows) {
    values.emplace(integer_of(row[0]), values_of(row));
  }
  return values;
}

std::map<std::string, store::Cell> load_parameters(store::Reader& reader, int64_t trial_id) {
  std::map<std::string, store::Cell> parameters;
  for (auto& row :
       reader.query("SELECT name, value FROM trial_params WHERE trial_id = ? AND name <> 'seed'", {trial_id}).rows) {
    parameters.emplace(text_of(row[0]), std::move(row[1]));
  }
  return parameters;
}

ComparedTrial compared_trial(const ArmTrial& trial, int64_t sweep_id, const TrialValues& values) {
  ComparedTrial compared{trial, sweep_id, values.value, values.measured, values.best_epoch, values.data};
  compared.data.unigram = trial.unigram;
  compared.data.bigram = trial.bigram;
  return compared;
}

// The arm's trials text by text: a file may have changed between them. Trials that never started go with the first.
std::vector<ComparedArm> split_by_data(ComparedArm whole) {
  std::vector<ComparedArm> parts;
  std::vector<ComparedTrial> unknown;
  for (ComparedTrial& trial : whole.trials) {
    if (!trial.data.is_known()) {
      unknown.push_back(std::move(trial));
      continue;
    }
    const auto same = [&](const ComparedArm& part) { return part.data.is_same(trial.data); };
    auto part = std::find_if(parts.begin(), parts.end(), same);
    if (part == parts.end()) {
      part = parts.insert(parts.end(), {"", whole.plan_label, whole.config_hash, whole.parameters, {}, trial.data});
    }
    part->trials.push_back(std::move(trial));
  }
  if (parts.empty()) parts.push_back({"", whole.plan_label, whole.config_hash, whole.parameters, {}, {}});
  for (ComparedTrial& trial : unknown) parts.front().trials.push_back(std::move(trial));
  return parts;
}

std::vector<ComparedArm> load_sweep(store::Reader& reader, int64_t sweep_id, const std::string& metric, bool minimize) {
  const auto values = load_values(reader, sweep_id, metric, minimize);
  std::vector<ComparedArm> arms;
  for (const Arm& arm : arms_of(reader, sweep_id)) {
    ComparedArm whole{"", arm.label, arm.config_hash, load_parameters(reader, arm.trials.front().trial_id), {}, {}};
    for (const ArmTrial& trial : arm.trials) {
      whole.trials.push_back(compared_trial(trial, sweep_id, values.at(trial.trial_id)));
    }
    for (ComparedArm& part : split_by_data(std::move(whole))) arms.push_back(std::move(part));
  }
  return arms;
}

std::set<int64_t> seeds_of(const ComparedArm& arm) {
  std::set<int64_t> seeds;
  for (const ComparedTrial* trial : arm.counted()) seeds.insert(trial->trial.seed);
  return seeds;
}

bool may_merge(const ComparedArm& a, const ComparedArm& b) {
  if (a.config_hash != b.config_hash || !a.data.is_same(b.data)) return false;
  const std::set<int64_t> seeds = seeds_of(a), others = seeds_of(b);
  return std::none_of(others.begin(), others.end(), [&](int64_t seed) { return seeds.count(seed) > 0; });
}

void add_arm(std::vector<ComparedArm>& arms, ComparedArm arm, int64_t sweep_id) {
  const auto other = std::find_if(arms.begin(), arms.end(), [&](const ComparedArm& each) {
    return each.sweeps().back() != sweep_id && may_merge(each, arm);
  });
  if (other == arms.end()) {
    arms.push_back(std::move(arm));
  } else {
    std::move(arm.trials.begin(), arm.trials.end(), std::back_inserter(other->trials));
  }
}

std::string sweeps_text(const ComparedArm& arm) {
  std::vector<std::string> ids;
  for (const int64_t id : arm.sweeps()) ids.push_back(std::to_string(id));
  return (ids.size() == 1 ? "sweep " : "sweeps ") + join(ids, ", ");
}

size_t times(const std::vector<ComparedArm>& arms, const std::string& label) {
  return static_cast<size_t>(
      std::count_if(arms.begin(), arms.end(), [&](const ComparedArm& arm) { return arm.label == label; }));
}

// By its sweep; where a text changed within a sweep, by its first trial too.
void make_labels_distinct(std::vector<ComparedArm>& arms) {
  for (ComparedArm& arm : arms) arm.label = arm.plan_label;
  std::vector<std::string> labels;
  for (const ComparedArm& arm : arms) {
    labels.push_back(arm.label + (times(arms, arm.label) > 1 ? " (" + sweeps_text(arm) + ")" : ""));
  }
  for (size_t i = 0; i < arms.size(); ++i) arms[i].label = labels[i];
  for (size_t i = 0; i < arms.size(); ++i) {
    if (times(arms, labels[i]) < 2) continue;
    labels[i].insert(labels[i].size() - 1, ", trial " + std::to_string(arms[i].trials.front().trial.trial_id));
  }
  for (size_t i = 0; i < arms.size(); ++i) arms[i].label = labels[i];
}

}  // namespace

bool Data::is_known() const { return !corpus_hash.empty() || !is_null(vocabulary); }

// The floors tell texts apart where there is no hash. With one they do not: some are counted from batches, and so move
// a little with the size of a batch.
bool Data::is_same(const Data& other) const {
  if (corpus_hash != other.corpus_hash || vocabulary != other.vocabulary) return false;
  return !corpus_hash.empty() || (unigram == other.unigram && bigram == other.bigram);
}

std::vector<int64_t> ComparedArm::sweeps() const {
  std::vector<int64_t> ids;
  for (const ComparedTrial& trial : trials) {
    if (std::find(ids.begin(), ids.end(), trial.sweep_id) == ids.end()) ids.push_back(trial.sweep_id);
  }
  return ids;
}

std::vector<const ComparedTrial*> ComparedArm::counted() const {
  std::vector<const ComparedTrial*> counted;
  for (const ComparedTrial& trial : trials) {
    if (trial.counts()) counted.push_back(&trial);
  }
  return counted;
}

std::string ComparedArm::flags() const {
  std::set<std::string> all;
  for (const ComparedTrial& trial : trials) all.merge(store::split_flags(trial.trial.flags));
  return store::join_flags(all);
}

std::vector<ComparedArm> compared_arms(store::Reader& reader, const std::vector<int64_t>& sweeps,
                                       const std::string& metric, bool minimize) {
  std::vector<ComparedArm> arms;
  for (const int64_t sweep_id : sweeps) {
    for (ComparedArm& arm : load_sweep(reader, sweep_id, metric, minimize)) add_arm(arms, std::move(arm), sweep_id);
  }
  make_labels_distinct(arms);
  return arms;
}

}  // namespace runner::report
