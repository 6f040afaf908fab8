#include <ATen/ATen.h>
#include <c10/core/DeviceGuard.h>

#include <cmath>

#include "common/paths.h"
#include "common/seeds.h"
#include "worker/train/causality.h"
#include "worker/train/components.h"
#include "worker/train/device.h"
#include "worker/train/digest.h"
#include "worker/train/early_stopping.h"
#include "worker/train/evaluate.h"
#include "worker/train/failure.h"
#include "worker/train/jobs.h"
#include "worker/train/loop.h"
#include "worker/train/metrics.h"
#include "worker/train/sampling.h"
#include "worker/train/schedule.h"
#include "worker/train/weights.h"

namespace runner::worker {
namespace {

// One trial from its start to its end.
class Trial {
 public:
  Trial(const protocol::TrainJob& job, Events& events, Pulse& pulse) : job_(job), events_(events), pulse_(pulse) {}

  void run(const DatasetFactory& data, const ModelFactory& model) {
    settings_ = settings_of(job_);
    last_epoch_ = settings_.train.epochs;
    make_deterministic(settings_.device);
    const c10::DeviceGuard device(settings_.device);
    open_data(data);
    build_model(model);
    send("started", {{"facts", {{"parameters", model_->parameter_count()}}}});
    probe();
    train();
    probe();
    Json facts = test_facts();
    if (sees_future_) facts.update(causal_facts());
    if (last_epoch_ < settings_.train.epochs) facts["stopped_early"] = last_epoch_;
    facts["weights_digest"] = save();
    send("finished", {{"facts", facts}});
  }

 private:
  void open_data(const DatasetFactory& factory) {
    pulse_.enter("opening the dataset");
    data_ = open_dataset(factory, job_.data, {job_.cache});
    sampler_ = std::make_unique<Sampler>(*data_, settings_.samples, job_.seed);
  }

  void build_model(const ModelFactory& factory) {
    pulse_.enter("building the model");
    const ModelContext context{data_->vocabulary_size(), settings_.device, at::kFloat};
    model_ = create_model(factory, job_.model, context, job_.seed);
  }

  // At the start and at the end: a path that begins with zero weights shows only after training.
  void probe() {
    pulse_.enter("probing whether the model sees the future");
    Batch batch;
    if (!data_->batches(Split::train, 1, data_seed())->next(batch)) return;
    const Causality found = in_evaluation(*model_, sample_seed(), [&] { return probe_causality(*model_, batch); });
    if (found == Causality::sees_future && !sees_future_) {
      sees_future_ = true;
      send("flag", {{"flag", "sees_future"},
                    {"message", "its logits depend on later tokens, so its perplexity is not a language model's"}});
    }
    if (found == Causality::unrepeatable && !unrepeatable_) {
      unrepeatable_ = true;
      send("warning", {{"message",
                        "the model gives other logits for the same tokens in evaluation mode, so whether it "
                        "sees the future cannot be told"}});
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

  void train() {
    const auto schedule =
        make_schedule(settings_.schedule, settings_.optimizer.at("lr").get<double>(), settings_.train.epochs);
    EarlyStopping early_stopping(settings_.early_stopping);
    TrainingLoop loop(*model_, *data_, settings_, *schedule, data_seed(), pulse_);
    for (int64_t epoch = 1; epoch <= last_epoch_; ++epoch) {
      Json body = measure(epoch, loop.train_epoch(epoch)).body();
      schedule->hear(body["metrics"]);
      const std::string enough = early_stopping.hear(epoch, body["metrics"]);
      if (!enough.empty() && epoch < last_epoch_) {
        last_epoch_ = epoch;
        body["stops_early"] = enough;
      }
      body["epoch"] = epoch;
      send("epoch", std::move(body));
      if (wants_samples(epoch)) send_samples(epoch);
    }
  }

  Metrics measure(int64_t epoch, const EpochResult& result) {
    Metrics metrics;
    add_loss(metrics, "", Split::train, result.means.loss);
    metrics.add("grad_norm", result.means.grad_norm);
    metrics.add("learning_rate", result.learning_rate);
    metrics.add("seconds", result.seconds);
    metrics.add("tokens_per_second", static_cast<double>(result.tokens) / result.seconds);
    if (data_->has_split(Split::valid)) add_loss(metrics, "valid_", Split::valid, held_out_loss(Split::valid, epoch));
    return metrics;
  }

  void add_loss(Metrics& metrics, const std::string& prefix, Split split, double loss) const {
    metrics.add_loss(prefix, loss);
    const double characters = data_->characters_per_token(split);
    if (characters > 0) metrics.add(prefix + "bits_per_character", loss / (std::log(2.0) * characters));
  }

  double held_out_loss(Split split, int64_t epoch) {
    pulse_.enter("evaluating", epoch);
    return in_evaluation(*model_, sample_seed(),
                         [&] { return mean_loss(*model_, *data_, split, data_seed(), pulse_); });
  }

  // A test split is scored once, with the final weights.
  Json test_facts() {
    Metrics metrics;
    if (data_->has_split(Split::test)) {
      add_loss(metrics, "test_", Split::test, held_out_loss(Split::test, last_epoch_));
    }
    return metrics.body().at("metrics");
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

  bool wants_samples(int64_t epoch) const {
    const int64_t every = settings_.samples.every;
    return epoch == last_epoch_ || (every > 0 && epoch % every == 0);
  }

  void send_samples(int64_t epoch) {
    for (size_t i = 0; i < sampler_->count(); ++i) {
      const std::string text = sampler_->text(*model_, epoch, i, pulse_);
      send("sample", {{"epoch", epoch}, {"prefix", settings_.samples.prefixes[i]}, {"text", text}});
    }
  }

  uint64_t data_seed() const { return stream_seed(job_.seed, kDataStream); }
  uint64_t sample_seed() const { return stream_seed(job_.seed, kSampleStream); }

  void send(const char* type, Json body) {
    body["trial"] = job_.trial;
    events_.send(type, std::move(body));
  }

  const protocol::TrainJob& job_;
  Events& events_;
  Pulse& pulse_;
  TrainSettings settings_;
  std::unique_ptr<Dataset> data_;
  std::unique_ptr<Sampler> sampler_;  // borrows data_ and settings_
  std::unique_ptr<GuardedModel> model_;
  int64_t last_epoch_ = 0;  // train.epochs, unless training stops early
  bool sees_future_ = false, unrepeatable_ = false;
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
  const auto run = [&] { Trial(job, events, pulse).run(data, model); };
  try {
    reporting_failure(run, failed);
  } catch (const Stopped&) {
    events.send("stopped", {{"trial", job.trial}});
  }
}

}  // namespace runner::worker
