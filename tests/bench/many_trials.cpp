// Fills a results database with one sweep of so many completed trials, each with four metrics an epoch:
//
//   many_trials FILE TRIALS EPOCHS      many_trials /tmp/many.db 10000 40     1.6 million metric rows
//
// It writes through the Store, as a runner does, so its rows are what a sweep would leave.
#include <exception>
#include <iostream>
#include <string>

#include "control/store/store.h"

namespace {

using runner::Json;
using runner::store::Store;

Json configuration() {
  return {{"data", {{"plugin", "fortunes"}, {"corpus", "tang300"}, {"num_steps", 35}, {"batch_size", 32}}},
          {"model", {{"plugin", "lstm"}, {"hidden_size", 256}, {"num_layers", 1}}},
          {"train", {{"epochs", 160}, {"clip_norm", 0.01}, {"optimizer", {{"name", "adam"}, {"lr", 0.01}}}}},
          {"samples", {{"every", 40}, {"length", 50}, {"prefixes", {"分开", "不分开"}}}}};
}

runner::store::NewSweep sweep_of(int64_t trials) {
  runner::store::NewSweep sweep;
  sweep.name = "many";
  sweep.experiment = "name: many\n";
  sweep.config_hash = "many";
  sweep.environment = Json::object();
  sweep.metric = "perplexity";
  for (int64_t seed = 1; seed <= trials; ++seed) {
    sweep.trials.push_back({seed, "", configuration(), "one arm", seed});
  }
  return sweep;
}

void complete(Store& store, int64_t trial, int64_t epochs) {
  store.start_attempt(trial, "bench", 1);
  store.add_fact(trial, "parameters", int64_t{2646852});
  store.add_fact(trial, "unigram_perplexity", 510.0);
  for (int64_t epoch = 1; epoch <= epochs; ++epoch) {
    const double perplexity = 1 + static_cast<double>(500 + trial % 97) / static_cast<double>(epoch);
    store.add_metrics(
        trial, epoch,
        {{"perplexity", perplexity}, {"grad_norm", 0.5}, {"seconds", 0.5}, {"tokens_per_second", 10000.0}});
  }
  store.add_sample(trial, epochs, "分开", "分开始了");
  store.end_trial(trial, runner::store::TrialStatus::completed, "", {"completed", 0, ""});
}

void fill(const std::string& file, int64_t trials, int64_t epochs) {
  Store store(file);
  const auto sweep = store.create_sweep(sweep_of(trials));
  store.start_sweep(sweep.sweep_id, sweep.experiment, Json::object());
  for (const auto& trial : sweep.trials) complete(store, trial.trial_id, epochs);
  store.end_sweep(sweep.sweep_id);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 4) throw std::invalid_argument("usage: many_trials FILE TRIALS EPOCHS");
    fill(argv[1], std::stoll(argv[2]), std::stoll(argv[3]));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
}
