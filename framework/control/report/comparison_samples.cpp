#include "control/report/comparison_samples.h"

#include <algorithm>
#include <map>
#include <set>

#include "control/report/human.h"

namespace runner::report {
namespace {

// Trials that count and have samples, by their seed.
using Writers = std::map<int64_t, int64_t>;

Writers writers_of(store::Reader& reader, const ComparedArm& arm) {
  Writers writers;
  for (const ComparedTrial* trial : arm.counted()) {
    const int64_t id = trial->trial.trial_id;
    const bool writes = !reader.query("SELECT 1 FROM samples WHERE trial_id = ? LIMIT 1", {id}).rows.empty();
    if (writes) writers.emplace(trial->trial.seed, id);
  }
  return writers;
}

// The smallest seed of all, if there is one.
const int64_t* common_seed(const std::vector<Writers>& all) {
  for (const auto& [seed, trial] : all.front()) {
    const int64_t wanted = seed;
    const auto has_it = [wanted](const Writers& each) { return each.count(wanted) > 0; };
    if (std::all_of(all.begin(), all.end(), has_it)) return &seed;
  }
  return nullptr;
}

struct Speaker {
  std::string name;
  int64_t trial_id = 0;
};

std::vector<Speaker> choose_speakers(store::Reader& reader, const ComparisonTable& table) {
  std::vector<std::string> labels;
  std::vector<Writers> all;
  for (const JudgedArm& arm : table.arms) {
    Writers writers = writers_of(reader, arm.arm);
    if (writers.empty()) continue;
    labels.push_back(arm.arm.label);
    all.push_back(std::move(writers));
  }
  std::vector<Speaker> speakers;
  const int64_t* seed = all.empty() ? nullptr : common_seed(all);
  for (size_t i = 0; i < all.size(); ++i) {
    const auto [own_seed, trial] = seed ? *all[i].find(*seed) : *all[i].begin();
    speakers.push_back({labels[i] + (seed ? "" : ", seed " + std::to_string(own_seed)), trial});
  }
  return speakers;
}

using Texts = std::map<int64_t, std::vector<store::Cell>>;  // by epoch, one cell a speaker

}  // namespace

std::vector<PrefixSamples> samples_side_by_side(store::Reader& reader, const ComparisonTable& table) {
  const std::vector<Speaker> speakers = choose_speakers(reader, table);
  std::vector<std::string> prefixes;
  std::map<std::string, Texts> by_prefix;
  for (size_t i = 0; i < speakers.size(); ++i) {
    const auto rows = reader.query("SELECT prefix, epoch, text FROM samples WHERE trial_id = ? ORDER BY epoch, rowid",
                                   {speakers[i].trial_id});
    for (const auto& row : rows.rows) {
      const std::string prefix = text_of(row[0]);
      if (by_prefix.count(prefix) == 0) prefixes.push_back(prefix);
      std::vector<store::Cell>& cells = by_prefix[prefix][integer_of(row[1])];
      cells.resize(speakers.size());
      cells[i] = row[2];
    }
  }
  std::vector<PrefixSamples> sections;
  for (const std::string& prefix : prefixes) {
    PrefixSamples section{prefix, {{"epoch"}, {}}};
    for (const Speaker& speaker : speakers) section.table.columns.push_back(speaker.name);
    for (const auto& [epoch, cells] : by_prefix[prefix]) {
      auto& row = section.table.rows.emplace_back();
      row.emplace_back(epoch);
      row.insert(row.end(), cells.begin(), cells.end());
    }
    sections.push_back(std::move(section));
  }
  return sections;
}

}  // namespace runner::report
