#include "worker/train/training.h"

#include <ATen/Version.h>
#include <runner/isa.h>

#include <algorithm>
#include <csignal>

#include "common/error.h"
#include "common/paths.h"
#include "common/seeds.h"
#include "worker/train/generator.h"
#include "worker/train/history.h"

namespace runner::worker {
namespace {

// With anything of this another number would be rounded otherwise, and the rest of a trial would not be that of an
// undisturbed one.
Identity identity_of(const protocol::TrainJob& job, const Dataset& data) {
  Identity identity = job.identity;
  identity["the text"] = data.content_hash();
  identity["LibTorch, or what it uses of the processor,"] = at::show_config();
  identity["the instruction set (RUNNER_ISA)"] = simd::isa_name(simd::best_isa());
  identity["the number of threads"] = std::to_string(job.threads);
  return identity;
}

// None where there is nothing to gain, or the model's steps are not alike.
std::unique_ptr<Recorder> recorder_of(const protocol::TrainJob& job, const GuardedModel& model) {
  const bool is_wanted = job.cuda_graphs && model.is_recordable();
  return is_wanted ? make_recorder(model.context().device) : nullptr;
}

}  // namespace

Training::Training(const protocol::TrainJob& job, const TrainingParts& parts, Reporter& reporter, Pulse& pulse)
    : job_(job),
      settings_(parts.settings),
      model_(parts.model),
      reporter_(reporter),
      pulse_(pulse),
      origin_{job.model, parts.data.vocabulary_size(), parts.data.content_hash()},
      schedule_(make_schedule(settings_.schedule, settings_.optimizer.at("lr").get<double>(), settings_.train.epochs)),
      scores_(model_, parts.data, job.seed, pulse),
      sampler_(parts.data, settings_.samples, job.seed),
      checkpoints_(checkpoint_folder(job.folder), identity_of(job, parts.data), settings_.checkpoint.keep_latest),
      early_stopping_(settings_.early_stopping),
      best_(job.folder, {job.metric, job.minimize}, settings_.checkpoint.keep_best),
      loop_(model_, parts.data, settings_, *schedule_, stream_seed(job.seed, kDataStream), pulse,
            {recorder_of(job, model_), [this](const std::string& message) { warn(message); }}),
      last_epoch_(settings_.train.epochs) {}

bool Training::resume(const std::filesystem::path& checkpoint) {
  try {
    checkpoints_.read(checkpoint, [this](const Snapshot& snapshot) { restore(snapshot); });
    return true;
  } catch (const EnvironmentError& error) {
    warn(error.what());
    return false;
  }
}

void Training::restore(const Snapshot& found) {
  model_.restore(found);
  loop_.restore(found);
  restore_generators(settings_.device, found);
  steps_ = count_of(found.values.at("steps"), "steps");
  const Json& history = found.values.at("history");
  check_history(history, loop_.position().epoch);
  reporter_.remember(history);
  for (const Json& event : history) {
    if (event.at("type") != "epoch") continue;
    hear(event.at("epoch").get<int64_t>(), event.at("metrics"));
    best_.recall(event.at("epoch").get<int64_t>(), event.at("metrics"));
  }
  check_restored(found, snapshot());
}

Snapshot Training::snapshot() const {
  Snapshot snapshot;
  model_.save(snapshot);
  save_generators(settings_.device, snapshot);
  loop_.save(snapshot);
  snapshot.values["steps"] = steps_;
  // What an epoch came to is said again after an interruption, so the checkpoint ends before it.
  snapshot.values["history"] = reporter_.told_before(loop_.position().epoch);
  return snapshot;
}

void Training::run() {
  for (int64_t epoch = std::max<int64_t>(1, loop_.position().epoch); epoch <= last_epoch_; ++epoch) {
    const EpochResult result = loop_.train_epoch(epoch, [this] { after_step(); });
    report(epoch, scores_.of_epoch(epoch, result).body());
    if (wants_samples(epoch)) send_samples(epoch);
  }
}

void Training::after_step() {
  ++steps_;
  const std::chrono::duration<double> since_last = std::chrono::steady_clock::now() - saved_at_;
  if (since_last.count() >= settings_.checkpoint.every.seconds) save();
  if (steps_ == job_.kill_at_step) raise(SIGKILL);
}

void Training::save() {
  const auto [epoch, batch] = loop_.position();
  if (settings_.checkpoint.every.seconds == 0 || epoch == 0) return;
  try {
    checkpoints_.save(epoch, batch, snapshot());
    is_refused_ = false;
    reporter_.send("checkpoint", {{"epoch", epoch}, {"batch", batch}});
  } catch (const EnvironmentError& error) {
    note_refusal(std::string("goes on without a checkpoint: ") + error.what());
  } catch (const std::invalid_argument& error) {  // a state of a type that files do not hold
    note_refusal(std::string("goes on without a checkpoint: ") + error.what());
  }
  saved_at_ = std::chrono::steady_clock::now();
}

void Training::report(int64_t epoch, Json body) {
  const std::string enough = hear(epoch, body["metrics"]);
  if (!enough.empty() && epoch < last_epoch_) {
    last_epoch_ = epoch;
    body["stops_early"] = enough;
  }
  keep_best(epoch, body["metrics"]);
  body["epoch"] = epoch;
  reporter_.send("epoch", std::move(body));
}

// Returns why training ends with this epoch; empty: it goes on.
std::string Training::hear(int64_t epoch, const Json& metrics) {
  schedule_->hear(metrics);
  return early_stopping_.hear(epoch, metrics);
}

void Training::keep_best(int64_t epoch, const Json& metrics) {
  try {
    best_.hear(epoch, metrics, model_, origin_);
  } catch (const EnvironmentError& error) {
    note_refusal(std::string("goes on without the weights of one of its best epochs: ") + error.what());
  }
}

// Once for a disk that stays full.
void Training::note_refusal(const std::string& message) {
  if (!is_refused_) warn(message);
  is_refused_ = true;
}

bool Training::wants_samples(int64_t epoch) const {
  const int64_t every = settings_.samples.every;
  return epoch == last_epoch_ || (every > 0 && epoch % every == 0);
}

void Training::send_samples(int64_t epoch) {
  for (size_t i = 0; i < sampler_.count(); ++i) {
    const std::string text = sampler_.text(model_, epoch, i, pulse_);
    reporter_.send("sample", {{"epoch", epoch}, {"prefix", settings_.samples.prefixes[i]}, {"text", text}});
  }
}

void Training::warn(const std::string& message) { reporter_.send("warning", {{"message", message}}); }

}  // namespace runner::worker
