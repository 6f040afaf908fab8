// Sweeps with chosen results, for comparisons.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "results.h"

namespace runner::testing {

struct ArmResults {
  std::string label;
  Json config;
  std::map<int64_t, double> finals;  // the metric at the last epoch, by seed; NaN: not a finite number there
  std::vector<int64_t> failed;       // further seeds, whose trials fail
};

struct SweepResults {
  std::string name = "cells";
  std::string metric = "perplexity";
  bool minimize = true;
  std::string corpus = "c0ffee";
  int64_t vocabulary = 1860;
  std::vector<ArmResults> arms;
};

inline Json cell_config(const std::string& cell, const std::string& corpus = "tang300") {
  Json config = lstm_config(1);
  config["model"]["plugin"] = cell;
  config["data"]["corpus"] = corpus;
  return config;
}

// Perplexities whose logarithms are `nats`, for seeds 1, 2, …
inline std::map<int64_t, double> perplexities(const std::vector<double>& nats) {
  std::map<int64_t, double> finals;
  for (const double value : nats) finals.emplace(static_cast<int64_t>(finals.size()) + 1, std::exp(value));
  return finals;
}

inline void start_trial(store::Store& store, int64_t trial, const SweepResults& sweep) {
  store.start_attempt(trial, "atlas", 4711);
  store.add_fact(trial, "parameters", int64_t{1234567});
  store.add_fact(trial, "vocabulary", sweep.vocabulary);
  store.add_fact(trial, "corpus_hash", sweep.corpus);
  store.add_fact(trial, "unigram_perplexity", 510.125);
  store.add_fact(trial, "bigram_perplexity", 9.25);
}

inline void run_trial(store::Store& store, int64_t trial, const SweepResults& sweep, double final) {
  start_trial(store, trial, sweep);
  for (int64_t epoch = 1; epoch <= 3; ++epoch) {
    store.add_metrics(trial, epoch, {{"seconds", 0.5}, {"tokens_per_second", 10000.0}});
    const double value = std::isnan(final) ? 2 : final + (epoch == 3 ? 0 : 1 / static_cast<double>(epoch));
    store.add_metrics(trial, epoch, {{sweep.metric, value}});
  }
  if (std::isnan(final)) store.add_undefined_metric(trial, 3, sweep.metric);
  for (int64_t epoch = 2; epoch <= 3; ++epoch) {
    store.add_sample(trial, epoch, "分开", "分开|第 " + std::to_string(epoch) + " 次，种子 " + std::to_string(trial));
  }
  store.end_trial(trial, store::TrialStatus::completed, "", {"completed", 0, ""});
}

inline store::NewSweep plan_of(const SweepResults& results) {
  store::NewSweep sweep;
  sweep.name = results.name;
  sweep.config_hash = "hash-of-" + results.name;
  sweep.metric = results.metric;
  sweep.minimize = results.minimize;
  const auto add = [&](const ArmResults& arm, int64_t seed) {
    sweep.trials.push_back({static_cast<int64_t>(sweep.trials.size()) + 1, arm.label, arm.config,
                            std::to_string(std::hash<std::string>()(arm.config.dump())), seed});
  };
  for (const ArmResults& arm : results.arms) {
    for (const auto& [seed, value] : arm.finals) add(arm, seed);
    for (const int64_t seed : arm.failed) add(arm, seed);
  }
  return sweep;
}

// Runs the sweep to its end and returns it.
inline store::SweepState add_sweep(store::Store& store, const SweepResults& results) {
  const store::SweepState sweep = store.create_sweep(plan_of(results));
  const Json environment = {
      {"host", "atlas"}, {"cpu", "Zen 4"}, {"directory", "/home/me"}, {"worker", {{"libtorch", "1.13.1"}}}};
  store.start_sweep(sweep.sweep_id, "name: " + results.name + "\n", environment);
  size_t next = 0;
  for (const ArmResults& arm : results.arms) {
    for (const auto& [seed, value] : arm.finals) run_trial(store, sweep.trials.at(next++).trial_id, results, value);
    for (size_t i = 0; i < arm.failed.size(); ++i) {
      const int64_t trial = sweep.trials.at(next++).trial_id;
      start_trial(store, trial, results);
      store.end_trial(trial, store::TrialStatus::failed, "the loss is not a number", {"failed", 0, ""});
    }
  }
  store.end_sweep(sweep.sweep_id);
  return sweep;
}

// Three seeds of four cells: gru is the best, lstm as good as it, rnn far behind, and `both ways` sees the future.
inline SweepResults cells() {
  SweepResults sweep;
  sweep.arms = {{"lstm", cell_config("lstm"), perplexities({0.13, 0.10, 0.11}), {}},
                {"gru", cell_config("gru"), perplexities({0.11, 0.10, 0.12}), {}},
                {"rnn", cell_config("rnn"), perplexities({1.52, 1.49, 1.53}), {}},
                {"both ways", cell_config("gru_both"), perplexities({0.001, 0.002, 0.001}), {}}};
  return sweep;
}

inline int64_t add_cells(store::Store& store) {
  const store::SweepState sweep = add_sweep(store, cells());
  for (size_t i = 9; i < 12; ++i) flag_future(store, sweep.trials[i].trial_id, 31.25);
  store.flush();
  return sweep.sweep_id;
}

}  // namespace runner::testing
