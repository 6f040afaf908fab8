// Arms of several sweeps brought together for a comparison: their parameters, their values of one metric, their data.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/report/arms.h"
#include "control/store/reader.h"

namespace runner::report {

// What decides whether the numbers of two trials may be compared at all.
struct Data {
  std::string corpus_hash;  // covers tokens, split and vocabulary; '' when it is not known
  store::Cell vocabulary;
  std::optional<double> unigram, bigram;
  std::optional<double> memoryless_loss;  // nats per token; of datasets that have this floor

  bool is_known() const;
  bool is_same(const Data& other) const;
};

struct ComparedTrial {
  ArmTrial trial;
  int64_t sweep_id = 0;
  std::optional<double> value;  // of the metric at the last epoch that measured it; none when it is not finite there
  bool measured = false;        // there is such an epoch, or a fact of this name
  int64_t best_epoch = 0;       // of the metric, by its goal; 0: none
  Data data;

  // Completed, with a value: a failed or unfinished trial says nothing about the end of training.
  bool counts() const { return trial.status == "completed" && value.has_value(); }
};

struct ComparedArm {
  std::string label;       // differs from those of all other arms
  std::string plan_label;  // as its sweep calls it
  std::string config_hash;
  std::map<std::string, store::Cell> parameters;  // resolved, by dotted path, without the seed
  std::vector<ComparedTrial> trials;
  Data data;

  std::vector<int64_t> sweeps() const;
  std::vector<const ComparedTrial*> counted() const;
  // Flags that any of its trials has, separated by commas.
  std::string flags() const;
};

// The arms of all the sweeps, in the order of the sweeps and of their plans, with their values of `metric`. An arm is
// one configuration on one text: where sweeps ran the same configuration with seeds that do not overlap, their trials
// are one arm; where a seed was run again they stay apart, and a label that occurs more than once names its sweep.
std::vector<ComparedArm> compared_arms(store::Reader& reader, const std::vector<int64_t>& sweeps,
                                       const std::string& metric, bool minimize);

}  // namespace runner::report
