#include <ATen/ATen.h>
#include <c10/core/DeviceGuard.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <string>

#include "common/paths.h"
#include "common/seeds.h"
#include "worker/train/causality.h"
#include "worker/train/components.h"
#include "worker/train/device.h"
#include "worker/train/digest.h"
#include "worker/train/evaluate.h"
#include "worker/train/failure.h"
#include "worker/train/jobs.h"
#include "worker/train/reporter.h"
#include "worker/train/scores.h"
#include "worker/train/training.h"
#include "worker/train/weights.h"

namespace runner::worker {
namespace {

constexpr const char* kSeesFuture = "sees_future";

// One trial from its start to its end.
class Trial {
 public:
  Trial(const protocol::TrainJob& job, const ModelFactory& model, Events& events, Pulse& pulse)
      : job_(job), model_factory_(model), pulse_(pulse), reporter_(job.trial, events) {}

  void run(const DatasetFactory& data) {
    settings_ = settings_of(job_);
    make_deterministic(settings_.device);
    const c10::DeviceGuard device(settings_.device);
    const OwnStream stream(settings_.device);
    open_data(data);
    build();
    start();
    try {
      train_and_judge();
    } catch (const Stopped&) {
      training_->save();
      throw;
    }
  }

 private:
  void open_data(const DatasetFactory& factory) {
    pulse_.enter("opening the dataset");
    data_ = open_dataset(factory, job_.data, {job_.cache});
  }

  // All that training changes, as it is at its beginning, whatever became of an earlier one.
  void build() {
    pulse_.enter("building the model");
    training_.reset();
    model_.reset();
    reporter_.remember(Json::array());
    const ModelContext context{data_->vocabulary_size(), settings_.device, at::kFloat};
    model_ = create_model(model_factory_, job_.model, context, job_.seed);
    training_ = std::make_unique<Training>(job_, TrainingParts{*model_, *data_, settings_}, reporter_, pulse_);
  }

  // At the latest checkpoint that can be used. False: there is none, and all is as it was built.
  bool resume() {
    for (const std::filesystem::path& checkpoint : training_->checkpoints()) {
      pulse_.enter("reading the checkpoint");
      if (training_->resume(checkpoint)) return true;
      build();
    }
    return false;
  }

  // Probes at the start and at the end: a path that begins with zero weights shows only after training.
  void start() {
    const bool resumed = resume();
    if (!resumed) training_->begin();
    Json body = {{"facts", {{"parameters", model_->parameter_count()}, {"threads", job_.threads}}}};
    const auto [epoch, batch] = training_->position();
    if (resumed) body.update({{"resumed", {{"epoch", epoch}, {"batch", batch}}}, {"recalls", reporter_.remembered()}});
    reporter_.send("started", std::move(body));
    reporter_.recall();
    if (!resumed) probe();
  }

  void train_and_judge() {
    training_->run();
    probe();
    Json facts = scores().of_test(last_epoch()).body().at("metrics");
    if (reporter_.has_flagged(kSeesFuture)) facts.update(causal_facts());
    if (last_epoch() < settings_.train.epochs) facts["stopped_early"] = last_epoch();
    facts["steps"] = training_->steps();
    facts["weights_digest"] = save();
    reporter_.send("finished", {{"facts", facts}});
  }

  void probe() {
    pulse_.enter("probing whether the model sees the future");
    Batch batch;
    if (!data_->batches(Split::train, 1, data_seed())->next(batch)) return;
    const Causality found = in_evaluation(*model_, sample_seed(), [&] { return probe_causality(*model_, batch); });
    if (found == Causality::sees_future && !reporter_.has_flagged(kSeesFuture)) {
      reporter_.send("flag",
                     {{"flag", kSeesFuture},
                      {"message", "its logits depend on later tokens, so its perplexity is not a language model's"}});
    }
    if (found == Causality::unrepeatable && !unrepeatable_) {
      unrepeatable_ = true;
      reporter_.send("warning",
                     {{"message",
                       "the model gives other logits for the same tokens in evaluation mode, so whether it sees the "
                       "future cannot be told"}});
    }
  }

  Json causal_facts() {
    // Not few: the chunks that an epoch begins with start from zeros and are far easier for some models than the
    // others.
    constexpr int64_t kPositions = 10'000;
    pulse_.enter("scoring token by token");
    const CausalScore score = in_evaluation(
        *model_, sample_seed(), [&] { return causal_score(*model_, *data_, data_seed(), kPositions, pulse_); });
    return {{"causal_perplexity", std::exp(score.loss)}, {"causal_positions", score.positions}};
  }

  // Leaves the final weights in the trial's folder. Returns their digest.
  std::string save() {
    pulse_.enter("saving the weights");
    const NamedTensors tensors = model_->named_tensors();
    const std::string digest = weights_digest(tensors);
    save_weights(weights_file(job_.folder), tensors, {job_.model, data_->vocabulary_size(), data_->content_hash()},
                 digest);
    return digest;
  }

  Scores scores() { return {*model_, *data_, job_.seed, pulse_}; }
  int64_t last_epoch() const { return training_->last_epoch(); }
  uint64_t data_seed() const { return stream_seed(job_.seed, kDataStream); }
  uint64_t sample_seed() const { return stream_seed(job_.seed, kSampleStream); }

  const protocol::TrainJob& job_;
  const ModelFactory& model_factory_;
  Pulse& pulse_;
  Reporter reporter_;
  TrainSettings settings_;
  std::unique_ptr<Dataset> data_;
  std::unique_ptr<GuardedModel> model_;
  std::unique_ptr<Training> training_;  // borrows all of them
  bool unrepeatable_ = false;
};

}  // namespace

void train(const protocol::TrainJob& job, const DatasetFactory& data, const ModelFactory& model, Events& events,
           const StopSignal& stop) {
  Pulse pulse(job.trial, events, stop);
  const auto failed = [&](const Failure& failure) {
    events.send("failed",
                {{"trial", job.trial}, {"message", pulse.where() + ": " + failure.message}, {"cause", failure.cause}});
  };
  // Ended inside, the trial has given its memory back when it is reported, also that it had no more of it.
  const auto run = [&] { Trial(job, model, events, pulse).run(data); };
  try {
    reporting_failure(run, failed);
  } catch (const Stopped&) {
    events.send("stopped", {{"trial", job.trial}});
  }
}

}  // namespace runner::worker
