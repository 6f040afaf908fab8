#include "control/report/comparison_sentences.h"

#include <algorithm>
#include <map>

#include "common/text.h"
#include "control/report/comparison_cells.h"
#include "control/report/human.h"
#include "control/store/flags.h"

namespace runner::report {
namespace {

// "trial 9", "trials 9, 12 and 3 more"
std::string trials_text(const std::vector<int64_t>& ids) {
  constexpr size_t kMost = 6;
  std::vector<std::string> parts;
  for (size_t i = 0; i < std::min(kMost, ids.size()); ++i) parts.push_back(std::to_string(ids[i]));
  const std::string more = ids.size() > kMost ? " and " + std::to_string(ids.size() - kMost) + " more" : "";
  return (ids.size() == 1 ? "trial " : "trials ") + join(parts, ", ") + more;
}

std::string why_not_counted(const ComparedTrial& trial, const std::string& metric) {
  if (trial.trial.status != "completed") return trial.trial.status;
  return trial.measured ? metric + " is not a finite number at the last epoch" : metric + " was not measured";
}

std::string not_counted_text(const Comparison& comparison, const ComparedArm& arm) {
  std::map<std::string, std::vector<int64_t>> by_reason;
  for (const ComparedTrial& trial : arm.trials) {
    if (!trial.counts()) by_reason[why_not_counted(trial, comparison.metric)].push_back(trial.trial.trial_id);
  }
  std::vector<std::string> parts;
  for (const auto& [reason, ids] : by_reason) parts.push_back(trials_text(ids) + " (" + reason + ")");
  return parts.empty() ? "" : arm.label + ": left out " + join(parts, ", ");
}

}  // namespace

std::string heading_text(const Comparison& comparison) {
  std::vector<std::string> sweeps;
  for (const ComparedSweep& sweep : comparison.sweeps) {
    sweeps.push_back("sweep " + std::to_string(sweep.sweep_id) + " (" + single_line(sweep.name) + ")");
  }
  return single_line(comparison.metric) + " at the last epoch, " + (comparison.minimize ? "smaller" : "larger") +
         " is better: " + join(sweeps, ", ");
}

std::string data_text(const ComparisonTable& table) {
  const Data& data = table.data;
  std::vector<std::string> parts, floors;
  const auto& parameters = table.arms.front().arm.parameters;
  for (const char* name : {"data.plugin", "data.corpus", "data.path"}) {
    const auto found = parameters.find(name);
    if (found != parameters.end()) parts.push_back(cell_text(found->second));
  }
  std::string text = join(parts, " ");
  if (!data.is_known()) return text + ", not prepared yet";
  if (!data.corpus_hash.empty()) text += ", corpus " + single_line(data.corpus_hash.substr(0, 8));
  if (!is_null(data.vocabulary)) text += ", vocabulary " + cell_text(data.vocabulary);
  if (data.unigram) floors.push_back("unigram " + significant_text(*data.unigram));
  if (data.bigram) floors.push_back("bigram " + significant_text(*data.bigram));
  if (data.memoryless_loss) floors.push_back("memoryless loss " + significant_text(*data.memoryless_loss));
  return text + (floors.empty() ? "" : "; ") + join(floors, ", ");
}

std::string separation_text(const Comparison& comparison) {
  if (comparison.tables.size() < 2) return "";
  return "The trials are on " + std::to_string(comparison.tables.size()) +
         " different texts, splits or vocabularies, whose numbers cannot be ranked together: each has a table and a "
         "baseline of its own.";
}

std::string baseline_text(const ComparisonTable& table) {
  if (!table.baseline) return "nothing is compared: " + table.baseline_choice;
  const std::string& label = table.arms[*table.baseline].arm.label;
  if (table.arms.size() == 1) return "nothing is compared: there is one arm";
  return "against " + single_line(label) + " (" + single_line(table.baseline_choice) + "), seed by seed";
}

std::vector<std::string> reasons(const ComparisonTable& table) {
  std::map<std::string, std::vector<std::string>> labels;
  for (const JudgedArm& arm : table.arms) {
    if (!arm.judgement.reason.empty()) labels[arm.judgement.reason].push_back(single_line(arm.arm.label));
  }
  std::vector<std::string> sentences;
  for (const auto& [reason, arms] : labels) sentences.push_back(join(arms, ", ") + ": " + reason);
  return sentences;
}

std::vector<std::string> legend(const Comparison& comparison) {
  std::vector<std::string> sentences;
  size_t family = 0;
  bool compared = false, several = false;
  for (const ComparisonTable& table : comparison.tables) {
    family = std::max(family, table.family);
    compared = compared || (table.baseline && table.arms.size() > 1);
    for (const JudgedArm& arm : table.arms) several = several || arm.summary.deviation;
  }
  if (comparison.in_nats() && several) {
    sentences.push_back(single_line(comparison.metric) +
                        " and its interval: exp of the mean over n seeds, and of its t interval, in nats per token; sd "
                        "in nats per token.");
  }
  if (compared) {
    const std::string unit = comparison.in_nats() ? " in nats per token (0.01 is 1% of perplexity)" : "";
    sentences.push_back("difference: arm minus baseline" + unit +
                        ", the mean over common seeds; its interval is for one comparison alone.");
  }
  if (family > 0) {
    sentences.push_back("verdict: paired t test, p below 0.05 after Holm's correction over the " +
                        std::string(family == 1 ? "one comparison tested" : "comparisons tested in a table") + ".");
  }
  return sentences;
}

std::vector<std::string> notes(const Comparison& comparison, const ComparisonTable& table) {
  std::vector<std::string> sentences;
  for (const JudgedArm& arm : table.arms) {
    const std::string left_out = not_counted_text(comparison, arm.arm);
    if (!left_out.empty()) sentences.push_back(single_line(left_out));
    if (arm.arm.sweeps().size() > 1) {
      sentences.push_back(single_line(arm.arm.label) + ": trials of sweeps " + sweeps_text(arm.arm) + " together");
    }
    if (arm.summary.deviation == 0.0) {
      sentences.push_back(single_line(arm.arm.label) + ": every seed came to the same value");
    }
  }
  return sentences;
}

std::set<std::string> flags_of(const Comparison& comparison) {
  std::set<std::string> flags;
  for (const ComparisonTable& table : comparison.tables) {
    for (const JudgedArm& arm : table.arms) flags.merge(store::split_flags(arm.arm.flags()));
  }
  return flags;
}

}  // namespace runner::report
