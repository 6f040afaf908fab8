// A results database as a sweep leaves it, written through Store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/store/flags.h"
#include "control/store/store.h"

namespace runner::testing {

inline Json lstm_config(int64_t layers, double lr = 0.01) {
  return {{"data", {{"plugin", "fortunes"}, {"corpus", "tang300"}, {"num_steps", 35}}},
          {"model", {{"plugin", "lstm"}, {"num_layers", layers}, {"bidirectional", false}}},
          {"train", {{"epochs", 160}, {"optimizer", {{"name", "adam"}, {"lr", lr}}}}},
          {"samples", {{"every", 40}, {"length", 50}, {"prefixes", {"分开", "不分开"}}}}};
}

// Arms of 1, 2 and 6 layers, each with the given seeds.
inline store::NewSweep depth_sweep(const std::vector<int64_t>& seeds = {1}) {
  store::NewSweep sweep;
  sweep.name = "depth";
  sweep.experiment = "name: depth\n";
  sweep.config_hash = "hash-of-depth";
  sweep.environment = {{"host", "atlas"}, {"worker", {{"libtorch", "1.13.1"}}}};
  sweep.metric = "perplexity";
  for (const int64_t layers : {1, 2, 6}) {
    for (const int64_t seed : seeds) {
      const auto number = static_cast<int64_t>(sweep.trials.size()) + 1;
      const std::string text = std::to_string(layers);
      sweep.trials.push_back({number, "num_layers=" + text, lstm_config(layers), "hash-of-" + text, seed});
    }
  }
  return sweep;
}

inline void add_facts(store::Store& store, int64_t trial) {
  store.add_fact(trial, "parameters", int64_t{1234567});
  store.add_fact(trial, "vocabulary", int64_t{1860});
  store.add_fact(trial, "unigram_perplexity", 510.125);
  store.add_fact(trial, "bigram_perplexity", 9.2);
  store.add_fact(trial, "corpus_hash", std::string("c0ffee"));
}

// Perplexity falls from 500 towards 1; every epoch takes half a second.
inline void add_epochs(store::Store& store, int64_t trial, int64_t epochs) {
  for (int64_t epoch = 1; epoch <= epochs; ++epoch) {
    store.add_metrics(trial, epoch,
                      {{"perplexity", 1.0 + 500.0 / static_cast<double>(epoch * trial)},
                       {"loss", 0.5},
                       {"seconds", 0.5},
                       {"tokens_per_second", 10000.0}});
  }
}

inline void complete(store::Store& store, int64_t trial, int64_t epochs = 160) {
  store.start_attempt(trial, "atlas", 4711);
  add_facts(store, trial);
  add_epochs(store, trial, epochs);
  for (int64_t epoch = 40; epoch <= epochs; epoch += 40) {
    store.add_sample(trial, epoch, "分开", "分开始了，第 " + std::to_string(epoch) + " 次");
    store.add_sample(trial, epoch, "不分开", "不分开，一直");
  }
  store.end_trial(trial, store::TrialStatus::completed, "", {"completed", 0, ""});
}

inline store::AttemptEnd crash() { return {"crashed", 11, "loading\nSegmentation fault"}; }

inline void fail(store::Store& store, int64_t trial) {
  store.start_attempt(trial, "atlas", 4712);
  add_facts(store, trial);
  add_epochs(store, trial, 3);
  store.end_trial(trial, store::TrialStatus::failed, "the worker died: SIGSEGV (segmentation fault)\nmore", crash());
}

// What the scheduler does with a trial whose model sees the tokens it shall predict.
inline void flag_future(store::Store& store, int64_t trial, double causal_perplexity) {
  store.set_flag(trial, store::kSeesFuture, true);
  store.add_fact(trial, "causal_perplexity", causal_perplexity);
}

// The depth sweep, run to its end: 1 and 2 layers complete, 6 layers fail.
inline int64_t fill_depth(store::Store& store) {
  const store::SweepState sweep = store.create_sweep(depth_sweep());
  store.start_sweep(sweep.sweep_id, "name: depth\n", {{"host", "atlas"}, {"worker", {{"libtorch", "1.13.1"}}}});
  complete(store, sweep.trials[0].trial_id);
  complete(store, sweep.trials[1].trial_id);
  fail(store, sweep.trials[2].trial_id);
  store.end_sweep(sweep.sweep_id);
  return sweep.sweep_id;
}

}  // namespace runner::testing
