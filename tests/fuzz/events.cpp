// What the runner makes of the events of one trial, whatever they say: rows of a database and lines of a log.
#include <stdexcept>

#include "common/process.h"
#include "control/schedule/attempt.h"
#include "fuzz/target.h"

namespace runner::fuzz {
namespace {

class Nobody final : public schedule::Observer {
  void on_sweep_start(const schedule::SweepView&) override {}
  void on_trial_start(const schedule::TrialView&, int64_t, const std::string&) override {}
  void on_progress(const schedule::TrialView&, const schedule::Progress&) override {}
  void on_epoch(const schedule::TrialView&, const schedule::EpochReport&) override {}
  void on_sample(const schedule::TrialView&, int64_t, const std::string&) override {}
  void on_warning(const schedule::TrialView&, const std::string&) override {}
  void on_trial_end(const schedule::TrialView&, store::TrialStatus, const std::string&, const std::string&,
                    bool) override {}
  void on_held_back(int64_t, const std::string&) override {}
  void on_stopping(int) override {}
  void on_sweep_end() override {}
  void on_tick() override {}
};

// One for all inputs: to make the schema takes longer than an input.
store::Store& results() {
  static store::Store store(folder() / "results.db");
  return store;
}

store::NewSweep sweep_of_one() {
  store::NewSweep sweep;
  sweep.name = "fuzzed";
  sweep.metric = "perplexity";
  sweep.environment = Json::object();
  sweep.trials.push_back({1, "", Json::object(), "hash", 1});
  return sweep;
}

// As a Slot does it: see worker_pool.cpp.
void hear(schedule::Attempt& attempt, const std::string& line) {
  try {
    attempt.on_event(protocol::parse(line));
  } catch (const std::invalid_argument& error) {
    attempt.on_output(error.what());
  } catch (const Json::exception& error) {
    attempt.on_output(error.what());
  }
}

}  // namespace

void run(std::string_view input) {
  store::Store& store = results();
  const store::SweepState sweep = store.create_sweep(sweep_of_one());
  schedule::Task task;
  task.view.trial_id = sweep.trials.front().trial_id;
  task.view.epochs = 9;
  task.config = {{"samples", {{"prefixes", {"分开"}}}}};
  task.facts = {{"vocabulary", 9}};
  Nobody nobody;
  schedule::Attempt attempt(task, "cpu", folder() / "trial", store, nobody);

  std::string rest(input);
  for (std::string line; take_line(rest, line);) hear(attempt, line);
  attempt.on_output(rest);
  attempt.on_exit({0, 0}, false);
  require(attempt.verdict().has_value(), "every attempt gets a verdict");
  store.end_trial(task.view.trial_id, attempt.verdict()->status, attempt.verdict()->error, attempt.verdict()->end);
  require(store.sweep(sweep.sweep_id).has_value(), "the database can be read");
  store.remove_sweep(sweep.sweep_id);
}

}  // namespace runner::fuzz
