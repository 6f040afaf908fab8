// Checkpoints that somebody changed: their digest is right, but what they hold is not what the trial left there.
#include <ATen/Parallel.h>

#include <stdexcept>

#include "common/text.h"
#include "fuzz/changed_checkpoint.h"
#include "fuzz/target.h"
#include "models/fused/fused_layer.h"
#include "unit/train/support.h"

namespace runner::fuzz {
namespace {

namespace fs = std::filesystem;
using test::RecordedEvents;
using Model = recurrent::RecurrentModel<fused::LstmLayer>;  // with kernels that trust what they are given

constexpr const char* kLatest = "000002-000001.safetensors";

// Makes use of all that a checkpoint holds, and leaves one after every step.
protocol::TrainJob make_job() {
  protocol::TrainJob job = test::small_job();
  job.folder = (folder() / "trial").string();
  job.metric = "valid_perplexity";
  job.model.options = {{"hidden_size", 3}, {"num_layers", 2}, {"dropout", 0.5}};
  job.train["epochs"] = 3;
  job.train["reset_state"] = "never";
  job.train["optimizer"] = {{"name", "adam"}, {"lr", 0.01}};
  job.train["schedule"] = {{"name", "halve_on_plateau"}, {"metric", "valid_perplexity"}};
  job.train["early_stopping"] = {{"metric", "valid_perplexity"}, {"patience", 2}};
  job.train["checkpoint"] = {{"every", 1e-9}, {"keep_latest", 2}, {"keep_best", 1}};
  job.samples = {{"every", 1}, {"length", 2}, {"prefixes", {"a"}}, {"temperature", 1.0}};
  return job;
}

test::HandData make_data() { return {3, {test::consecutive(2, 3, 2, 3, 1)}, test::consecutive(1, 3, 2, 3, 2), true}; }

void train(RecordedEvents& events, const worker::StopSignal& stop) {
  static const protocol::TrainJob job = make_job();
  static const test::FunctionDatasetFactory data = test::factory_of(make_data());
  fs::create_directories(job.folder);
  worker::train(job, data, test::model_factory<Model>(), events, stop);
}

RecordedEvents train_to_the_end() {
  RecordedEvents events;
  train(events, test::SwitchedStop());
  return events;
}

void train_until_the_latest() {
  RecordedEvents events;
  test::SwitchedStop stop;
  events.on_event = [&stop](const RecordedEvents::Event& event) {
    stop.on = stop.on || (event.type == "checkpoint" && event.body["epoch"] == 2);
  };
  train(events, stop);
}

// A trial that was stopped in its second epoch.
class StoppedTrial {
 public:
  StoppedTrial() {
    at::set_num_threads(1);
    train_until_the_latest();
    fs::rename(folder() / "trial", kept_);
    lay_down();
    weights_digest_ = train_to_the_end().of("finished").at(0).at("facts").at("weights_digest");
  }

  // As it was when it stopped.
  void lay_down() const {
    fs::remove_all(folder() / "trial");
    fs::copy(kept_, folder() / "trial", fs::copy_options::recursive);
  }

  // Of its end, when nobody changes anything.
  const std::string& weights_digest() const { return weights_digest_; }

  fs::path latest() const { return checkpoint_folder(kept_) / kLatest; }

 private:
  const fs::path kept_ = folder() / "stopped";
  std::string weights_digest_;
};

bool mentions(const Json& event, const char* words) {
  return event.at("message").get<std::string>().find(words) != std::string::npos;
}

bool is_passed_over(const RecordedEvents& events) {
  const std::vector<Json> warnings = events.of("warning");
  return std::any_of(warnings.begin(), warnings.end(), [](const Json& event) { return mentions(event, kLatest); });
}

// A checkpoint that is of no use is passed over. But weights may be anything, so training may diverge, and no reader
// knows how much memory there is.
bool is_clear(const Json& failure) {
  return mentions(failure, "is not finite") || mentions(failure, "out of memory: ");
}

void check(const RecordedEvents& events, const StoppedTrial& trial) {
  for (const auto& [type, body] : events.all) {
    require(protocol::parse(protocol::event_line(type.c_str(), body)).type == type, "what a trial says can be read");
  }
  const auto& [type, body] = events.all.back();
  require(type == "finished" || type == "failed", "a trial comes to an end");
  if (type == "failed") {
    require(is_clear(body),
            "a trial fails because it diverges or finds no memory, and never because of the checkpoint");
  } else if (is_passed_over(events)) {
    require(body["facts"]["weights_digest"] == trial.weights_digest(), "the checkpoint before does as well");
  }
}

}  // namespace

void run(std::string_view input) {
  static const StoppedTrial trial;
  const fs::path changed = folder() / "changed.safetensors";
  try {
    write_changed_checkpoint(trial.latest(), input, changed);
  } catch (const std::invalid_argument&) {
    return;
  }
  trial.lay_down();
  fs::rename(changed, checkpoint_folder(folder() / "trial") / kLatest);
  check(train_to_the_end(), trial);
}

}  // namespace runner::fuzz
