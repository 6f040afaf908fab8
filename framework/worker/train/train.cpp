#include <ATen/ATen.h>
#include <c10/core/DeviceGuard.h>
#include <torch/utils.h>

#include <cmath>
#include <stdexcept>

#include "common/params_json.h"
#include "common/seeds.h"
#include "worker/train/causality.h"
#include "worker/train/digest.h"
#include "worker/train/evaluate.h"
#include "worker/train/failure.h"
#include "worker/train/jobs.h"
#include "worker/train/loop.h"
#include "worker/train/metrics.h"
#include "worker/train/sampling.h"

namespace runner::worker {
namespace {

// The same numbers on every run. The switches for GPUs change nothing on a CPU but its speed, so they are set for GPUs
// alone. An operation that has no deterministic form there runs anyway, with LibTorch's warning on stderr.
void make_deterministic(at::Device device) {
  if (device.is_cpu()) return;
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
  at::globalContext().setDeterministicCuDNN(true);
  at::globalContext().setBenchmarkCuDNN(false);
}

// One trial from its start to its end.
class Trial {
 public:
  Trial(const protocol::TrainJob& job, Events& events, Pulse& pulse) : job_(job), events_(events), pulse_(pulse) {}

  void run(const DatasetFactory& data, const ModelFactory& model) {
    settings_ = settings_of(job_);
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
    pulse_.enter("computing the digest of the weights");
    facts["weights_digest"] = weights_digest(model_->named_tensors());
    send("finished", {{"facts", facts}});
  }

 private:
  void open_data(const DatasetFactory& factory) {
    pulse_.enter("opening the dataset");
    data_ = factory.create(values_from_json(factory.params(), job_.data.options), {job_.cache});
    for (const std::string& prefix : settings_.samples.prefixes) {
      prefixes_.push_back(data_->encode(prefix));
      if (prefixes_.back().empty()) throw std::invalid_argument("a prefix in samples.prefixes is empty");
    }
  }

  // Building draws from the init stream, all that follows from the dropout stream.
  void build_model(const ModelFactory& factory) {
    pulse_.enter("building the model");
    const ModelContext context{data_->vocabulary_size(), settings_.device, at::kFloat};
    torch::manual_seed(stream_seed(job_.seed, kInitStream));
    auto model = factory.create(values_from_json(factory.params(), job_.model.options), context);
    model_ = std::make_unique<GuardedModel>(std::move(model), job_.model.name, context);
    model_->train(true);
    torch::manual_seed(stream_seed(job_.seed, kDropoutStream));
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
    constexpr int64_t kPositions = 1000;
    pulse_.enter("scoring token by token");
    const CausalScore score = in_evaluation(
        *model_, sample_seed(), [&] { return causal_score(*model_, *data_, data_seed(), kPositions, pulse_); });
    return {{"causal_perplexity", std::exp(score.loss)}, {"causal_positions", score.positions}};
  }

  void train() {
    TrainingLoop loop(*model_, *data_, settings_, data_seed(), pulse_);
    for (int64_t epoch = 1; epoch <= settings_.train.epochs; ++epoch) {
      const EpochResult result = loop.train_epoch(epoch);
      send_epoch(epoch, result);
      if (wants_samples(epoch)) send_samples(epoch);
    }
  }

  void send_epoch(int64_t epoch, const EpochResult& result) {
    Metrics metrics;
    add_loss(metrics, "", Split::train, result.means.loss);
    metrics.add("grad_norm", result.means.grad_norm);
    metrics.add("seconds", result.seconds);
    metrics.add("tokens_per_second", static_cast<double>(result.tokens) / result.seconds);
    if (data_->has_split(Split::valid)) add_loss(metrics, "valid_", Split::valid, held_out_loss(Split::valid, epoch));
    Json body = metrics.body();
    body["epoch"] = epoch;
    send("epoch", std::move(body));
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
      add_loss(metrics, "test_", Split::test, held_out_loss(Split::test, settings_.train.epochs));
    }
    return metrics.body().at("metrics");
  }

  bool wants_samples(int64_t epoch) const {
    const int64_t every = settings_.samples.every;
    return epoch == settings_.train.epochs || (every > 0 && epoch % every == 0);
  }

  void send_samples(int64_t epoch) {
    pulse_.enter("sampling", epoch);
    for (size_t i = 0; i < prefixes_.size(); ++i) {
      const auto tokens = in_evaluation(*model_, sample_seed(), [&] {
        return continue_greedily(*model_, prefixes_[i], settings_.samples.length, pulse_);
      });
      const std::string& prefix = settings_.samples.prefixes[i];
      send("sample", {{"epoch", epoch}, {"prefix", prefix}, {"text", prefix + data_->decode(tokens)}});
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
  std::unique_ptr<GuardedModel> model_;
  std::vector<std::vector<int64_t>> prefixes_;  // encoded settings_.samples.prefixes
  bool sees_future_ = false, unrepeatable_ = false;
};

}  // namespace

void train(const protocol::TrainJob& job, const DatasetFactory& data, const ModelFactory& model, Events& events,
           const StopSignal& stop) {
  Pulse pulse(job.trial, events, stop);
  const auto failed = [&](const std::string& message) {
    events.send("failed", {{"trial", job.trial}, {"message", pulse.where() + ": " + message}});
  };
  try {
    Trial trial(job, events, pulse);
    reporting_failure([&] { trial.run(data, model); }, failed);
  } catch (const Stopped&) {
    events.send("stopped", {{"trial", job.trial}});
  }
}

}  // namespace runner::worker
