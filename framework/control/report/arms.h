// The trials of a sweep gathered into arms, and what can be said of an arm.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/store/reader.h"

namespace runner::report {

struct ArmTrial {
  int64_t trial_id = 0;
  int64_t seed = 0;
  std::string status, flags, error;
  int64_t epochs = 0;
  std::optional<double> final_perplexity, best_perplexity, valid_perplexity, final_metric, best_metric;
  std::optional<double> parameters, unigram, bigram, causal, seconds, tokens_per_second;
  int64_t best_epoch = 0;  // of best_perplexity; 0: none
};

using Measure = std::optional<double> ArmTrial::*;

struct Arm {
  std::string label;  // of its trials; the model's name when they have none
  std::string config_hash;
  std::vector<ArmTrial> trials;  // in the order of the plan

  // The completed trials, or all when none completed.
  std::vector<const ArmTrial*> counted() const;
  // Over the counted trials that have the measure.
  std::optional<double> mean(Measure measure) const;
  std::optional<double> smallest(Measure measure) const;
  std::optional<double> largest(Measure measure) const;
  const ArmTrial* best() const;  // by perplexity; null when no trial has one
  size_t with_status(const std::string& status) const;
  // "completed" for one trial, "2 completed, 1 failed" for several.
  std::string status_text() const;
  // Flags that any of its trials has, separated by commas.
  std::string flags() const;
  // Sample of the last epoch after the first prefix, of the first counted trial that has one.
  std::optional<std::string> sample(store::Reader& reader) const;
};

// In the order of the plan.
std::vector<Arm> arms_of(store::Reader& reader, int64_t sweep_id);

}  // namespace runner::report
