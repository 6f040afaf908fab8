// A trial that is interrupted and goes on.
#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "lstm/lstm_layer.h"
#include "runner/recurrent/net.h"
#include "unit/train/support.h"

namespace runner::test {

namespace fs = std::filesystem;
using Lstm = recurrent::RecurrentModel<recurrent::LstmLayer>;

// Asks the trial to stop when it is looked at for the n-th time: before a step of training, evaluation or sampling.
class StopAt : public worker::StopSignal {
 public:
  explicit StopAt(int64_t look) : look_(look) {}
  bool requested() const override { return ++looks_ == look_; }

 private:
  const int64_t look_;
  mutable int64_t looks_ = 0;
};

inline HandData small_data() {
  return {5, {consecutive(3, 4, 3, 5, 1), consecutive(3, 4, 3, 5, 2)}, consecutive(2, 4, 3, 5, 3), true};
}

class Checkpoints : public ::testing::Test {
 protected:
  Checkpoints() {
    job_ = small_job();
    job_.folder = folder_.path().string();
    job_.identity = {{"the configuration", "abc"}};
    job_.metric = "valid_perplexity";
    job_.model.options = {{"hidden_size", 6}, {"num_layers", 2}, {"dropout", 0.5}};
    job_.train["epochs"] = 3;
    job_.train["reset_state"] = "never";
    job_.train["optimizer"] = {{"name", "adam"}, {"lr", 0.01}};
    job_.train["checkpoint"] = {{"every", 1e-9}, {"keep_latest", 2}, {"keep_best", 0}};
    job_.samples = {{"every", 1}, {"length", 4}, {"prefixes", {"ab", "c"}}, {"temperature", 1.0}};
  }

  RecordedEvents run_until(const worker::StopSignal& stop) const {
    RecordedEvents events;
    worker::train(job_, factory_of(small_data()), model_factory<Lstm>(), events, stop);
    return events;
  }
  RecordedEvents run_to_the_end() const { return run(job_, factory_of(small_data()), model_factory<Lstm>()); }
  // As if it had never run.
  void forget() const {
    fs::remove_all(job_.folder);
    fs::create_directories(job_.folder);
  }

  std::vector<fs::path> files() const {
    std::set<fs::path> found;
    for (const auto& entry : fs::directory_iterator(checkpoint_folder(job_.folder))) found.insert(entry.path());
    return {found.begin(), found.end()};
  }

  const testing::TemporaryFolder folder_;
  protocol::TrainJob job_;
};

// What a trial came to by these events: all that the database keeps but the clock's part.
inline Json outcome(const RecordedEvents& events) {
  Json kept = Json::array();
  const auto keep = [&](Json event) {
    event.erase("trial");
    if (event.contains("metrics")) event["metrics"].erase("seconds"), event["metrics"].erase("tokens_per_second");
    kept.push_back(event);
  };
  const Json started = events.of("started").at(0);
  for (const Json& event : started.at("history")) keep(event);
  for (const auto& event : events.all) {
    if (event.type != "epoch" && event.type != "sample" && event.type != "flag" && event.type != "finished") continue;
    Json body = event.body;
    body["type"] = event.type;
    keep(body);
  }
  return kept;
}

inline std::vector<std::string> best_files(const protocol::TrainJob& job) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(job.folder) / "best")) names.insert(entry.path().filename());
  return {names.begin(), names.end()};
}

}  // namespace runner::test
