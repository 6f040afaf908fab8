#include "control/report/sweep_report.h"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <set>

#include "common/text.h"
#include "control/report/arms.h"
#include "control/report/human.h"
#include "control/report/marks.h"
#include "control/store/flags.h"

namespace runner::report {
namespace {

using store::Cell;

struct Sweep {
  std::string name, status, metric;
  Cell seconds;
  int64_t trials = 0;
};

Sweep load_sweep(store::Reader& reader, int64_t sweep_id) {
  const store::Table table = reader.query(
      "SELECT name, status, metric, (julianday(ended_at) - julianday(started_at)) * 86400.0, "
      "(SELECT count(*) FROM trials t WHERE t.sweep_id = s.sweep_id) FROM sweeps s WHERE sweep_id = ?",
      {sweep_id});
  const auto& row = table.rows.at(0);
  return {text_of(row[0]), text_of(row[1]), text_of(row[2]), row[3], integer_of(row[4])};
}

// A metric that the columns of every report do not show.
bool is_another_metric(const Sweep& sweep) {
  return sweep.metric != "perplexity" && sweep.metric != "valid_perplexity";
}

Cell cell_of(const std::optional<double>& value) {
  if (!value) return {};
  return *value;
}

Cell whole_cell(const std::optional<double>& value) {
  if (!value) return {};
  return static_cast<int64_t>(std::llround(*value));
}

Cell significant_cell(const std::optional<double>& value) {
  if (!value) return {};
  return significant_text(*value);
}

// A perplexity, marked where it is not a language model's.
Cell marked_cell(const Cell& cell, const Arm& arm) {
  return is_null(cell) ? cell : Cell(marked(text_of(cell), arm.flags()));
}

// "1.0120", and with several seeds "1.0120 (1.0090–1.0150)".
Cell mean_and_range(const Arm& arm, Measure measure) {
  const auto mean = arm.mean(measure);
  if (!mean) return {};
  const std::string low = significant_text(*arm.smallest(measure)), high = significant_text(*arm.largest(measure));
  return significant_text(*mean) + (low == high ? "" : " (" + low + "–" + high + ")");
}

Cell best_and_epoch(const Arm& arm) {
  const ArmTrial* best = arm.best();
  if (!best) return {};
  return marked(significant_text(*best->best_perplexity), arm.flags()) + " @ " + std::to_string(best->best_epoch);
}

int64_t most_epochs(const Arm& arm) {
  int64_t epochs = 0;
  for (const ArmTrial* trial : arm.counted()) epochs = std::max(epochs, trial->epochs);
  return epochs;
}

// "160"; "12–30" where training stopped early at different epochs.
std::string epochs_text(const Arm& arm) {
  const int64_t most = most_epochs(arm);
  int64_t fewest = most;
  for (const ArmTrial* trial : arm.counted()) fewest = std::min(fewest, trial->epochs);
  return (fewest == most ? "" : std::to_string(fewest) + "–") + std::to_string(most);
}

const ArmTrial* first_failed(const Arm& arm) {
  for (const ArmTrial& trial : arm.trials) {
    if (!trial.error.empty()) return &trial;
  }
  return nullptr;
}

std::string trial_ids(const Arm& arm) {
  std::vector<std::string> ids;
  for (const ArmTrial& trial : arm.trials) ids.push_back(std::to_string(trial.trial_id));
  return join(ids, ",");
}

std::vector<Cell> program_row(const Arm& arm, const Sweep& sweep, store::Reader& reader) {
  const ArmTrial* best = arm.best();
  const ArmTrial* failed = first_failed(arm);
  const auto count = [&arm](const char* status) { return static_cast<int64_t>(arm.with_status(status)); };
  const auto sample = arm.sample(reader);
  return {arm.label,
          trial_ids(arm),
          static_cast<int64_t>(arm.trials.size()),
          count("completed"),
          count("failed"),
          arm.status_text(),
          whole_cell(arm.mean(&ArmTrial::parameters)),
          most_epochs(arm),
          cell_of(arm.mean(&ArmTrial::final_perplexity)),
          cell_of(arm.smallest(&ArmTrial::final_perplexity)),
          cell_of(arm.largest(&ArmTrial::final_perplexity)),
          best ? Cell(*best->best_perplexity) : Cell(),
          best ? Cell(best->best_epoch) : Cell(),
          cell_of(arm.mean(&ArmTrial::valid_perplexity)),
          cell_of(arm.mean(&ArmTrial::causal)),
          cell_of(arm.mean(&ArmTrial::unigram)),
          cell_of(arm.mean(&ArmTrial::bigram)),
          sweep.metric,
          cell_of(arm.mean(&ArmTrial::final_metric)),
          cell_of(arm.mean(&ArmTrial::seconds)),
          cell_of(arm.mean(&ArmTrial::tokens_per_second)),
          arm.flags(),
          failed ? Cell(failed->error) : Cell(),
          sample ? Cell(*sample) : Cell()};
}

store::Table program_table(const std::vector<Arm>& arms, const Sweep& sweep, store::Reader& reader) {
  store::Table table;
  table.columns = {"arm",
                   "trials",
                   "seeds",
                   "completed",
                   "failed",
                   "status",
                   "parameters",
                   "epochs",
                   "perplexity",
                   "perplexity_min",
                   "perplexity_max",
                   "best_perplexity",
                   "best_epoch",
                   "valid_perplexity",
                   "causal_perplexity",
                   "unigram_perplexity",
                   "bigram_perplexity",
                   "metric",
                   "final_metric",
                   "seconds",
                   "tokens_per_second",
                   "flags",
                   "error",
                   "sample"};
  for (const Arm& arm : arms) table.rows.push_back(program_row(arm, sweep, reader));
  return table;
}

Cell other_metric(const Arm& arm, const Sweep& sweep) {
  const Cell cell = mean_and_range(arm, &ArmTrial::final_metric);
  return is_perplexity(sweep.metric) ? marked_cell(cell, arm) : cell;
}

store::Table people_table(const std::vector<Arm>& arms, const Sweep& sweep) {
  store::Table table;
  table.columns = {"arm",   "seeds",  "status",  "parameters", "epochs",  "perplexity", "best @ epoch",
                   "valid", "causal", "unigram", "bigram",     "seconds", "tok/s",      "flags"};
  if (is_another_metric(sweep)) table.columns.insert(table.columns.begin() + 7, sweep.metric);
  for (const Arm& arm : arms) {
    auto& row = table.rows.emplace_back();
    row = {arm.label,
           static_cast<int64_t>(arm.trials.size()),
           arm.status_text(),
           whole_cell(arm.mean(&ArmTrial::parameters)),
           epochs_text(arm),
           marked_cell(mean_and_range(arm, &ArmTrial::final_perplexity), arm),
           best_and_epoch(arm),
           marked_cell(mean_and_range(arm, &ArmTrial::valid_perplexity), arm),
           mean_and_range(arm, &ArmTrial::causal),
           significant_cell(arm.mean(&ArmTrial::unigram)),
           significant_cell(arm.mean(&ArmTrial::bigram)),
           cell_of(arm.mean(&ArmTrial::seconds)),
           whole_cell(arm.mean(&ArmTrial::tokens_per_second)),
           arm.flags()};
    if (is_another_metric(sweep)) row.insert(row.begin() + 7, other_metric(arm, sweep));
  }
  return table;
}

std::set<std::string> flags_of(const std::vector<Arm>& arms) {
  std::set<std::string> flags;
  for (const Arm& arm : arms) flags.merge(store::split_flags(arm.flags()));
  return flags;
}

void print_failures(std::ostream& out, const std::vector<Arm>& arms) {
  for (const Arm& arm : arms) {
    for (const ArmTrial& trial : arm.trials) {
      if (trial.error.empty()) continue;
      out << "  trial " << trial.trial_id << " (" << single_line(arm.label) << ", seed " << trial.seed << ") "
          << single_line(trial.status) << ": " << first_line(trial.error) << '\n';
    }
  }
}

void print_samples(std::ostream& out, const std::vector<Arm>& arms, store::Reader& reader, int64_t max_width) {
  for (const Arm& arm : arms) {
    const auto sample = arm.sample(reader);
    if (!sample) continue;
    const std::string line = "  " + single_line(arm.label) + ": " + single_line(*sample);
    out << (max_width > 0 ? truncate_to_width(line, max_width) : line) << '\n';
  }
}

void print_for_people(std::ostream& out, const std::vector<Arm>& arms, const Sweep& sweep, int64_t sweep_id,
                      store::Reader& reader, int64_t max_width) {
  out << single_line(sweep.name) << " (sweep " << sweep_id << ") " << single_line(sweep.status) << ": " << sweep.trials
      << (sweep.trials == 1 ? " trial" : " trials");
  if (!is_null(sweep.seconds)) out << " in " << duration_text(real_of(sweep.seconds));
  out << "\n\n";
  store::Table table = people_table(arms, sweep);
  const std::string folded =
      fold_equal_columns(table, {"seeds", "status", "epochs", "valid", "causal", "unigram", "bigram", "flags"});
  const std::set<std::string> right = {"epochs", "perplexity", "best @ epoch", "valid",
                                       "causal", "unigram",    "bigram",       sweep.metric};
  print_table(out, table, {max_width, right, 0});
  if (!folded.empty()) out << '\n' << (arms.size() == 1 ? "" : "every arm: ") << folded << '\n';
  if (const auto flags = flags_of(arms); !flags.empty()) print_flag_notes(out << '\n', flags);
  if (std::any_of(arms.begin(), arms.end(), first_failed)) out << '\n';
  print_failures(out, arms);
  out << '\n';
  print_samples(out, arms, reader, max_width);
}

}  // namespace

void print_sweep_report(store::Reader& reader, int64_t sweep_id, Format format, std::ostream& out, int64_t max_width) {
  const Sweep sweep = load_sweep(reader, sweep_id);
  const std::vector<Arm> arms = arms_of(reader, sweep_id);
  if (format == Format::table) return print_for_people(out, arms, sweep, sweep_id, reader, max_width);
  print(out, program_table(arms, sweep, reader), format);
}

}  // namespace runner::report
