#include "worker/train/loop.h"

#include <ATen/ATen.h>

#include <chrono>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "worker/train/batch_check.h"
#include "worker/train/device.h"
#include "worker/train/state.h"

namespace runner::worker {
namespace {

using Clock = std::chrono::steady_clock;

std::string not_finite(const char* what, double value, int64_t epoch, int64_t first, int64_t last,
                       const TrainSettings& settings) {
  std::ostringstream out;
  out << "the " << what << " is not finite (" << value << ") in epoch " << epoch;
  if (first == last) {
    out << ", batch " << last;
  } else {
    out << ", batches " << first << " to " << last;
  }
  out << ": training diverged. Lower train.optimizer.lr";
  if (settings.optimizer.contains("lr")) out << " (now " << settings.optimizer["lr"] << ")";
  out << (settings.train.clip_norm > 0 ? ", or lower train.clip_norm (now " : ", or set train.clip_norm (now ")
      << settings.train.clip_norm << (settings.train.clip_norm > 0 ? ")" : ", which is off)") << ".";
  return out.str();
}

}  // namespace

TrainingLoop::TrainingLoop(GuardedModel& model, const Dataset& data, const TrainSettings& settings,
                           const Schedule& schedule, uint64_t data_seed, Pulse& pulse, Recordings recordings)
    : model_(model),
      data_(data),
      settings_(settings),
      schedule_(schedule),
      data_seed_(data_seed),
      pulse_(pulse),
      optimizer_(make_optimizer(settings.optimizer, model.trainable())),
      totals_(settings.device),
      step_({model, *optimizer_, totals_}, settings.train.clip_norm, std::move(recordings.recorder),
            std::move(recordings.warn)) {}

EpochResult TrainingLoop::train_epoch(int64_t epoch, const std::function<void()>& between_steps) {
  pulse_.enter("training", epoch);
  begin_epoch(epoch);
  const auto stream = data_.batches(Split::train, epoch, data_seed_);
  if (totals_.batches() > 0) stream->seek(totals_.batches());
  Batch batch;
  while (stream->next(batch)) {
    pulse_.step(totals_.batches() + 1);
    learning_rate_ = schedule_.learning_rate({epoch, totals_.batches(), stream->size()});
    optimizer_->set_learning_rate(learning_rate_);
    check_batch(batch, model_.context().vocabulary);
    begin_state(batch);
    step_.run(batch, state_);
    if (pulse_.due()) report_progress(stream->size());
    between_steps();
  }
  if (totals_.batches() == 0) throw std::runtime_error("the dataset has no batch to train on");
  const EpochMeans means = finite_means();  // waits for the device
  end_epoch();
  return {means, totals_.tokens(), seconds(), learning_rate_};
}

void TrainingLoop::begin_epoch(int64_t epoch) {
  started_at_ = Clock::now();
  if (epoch == epoch_) return;  // restored in the middle of it
  epoch_ = epoch;
  totals_.clear();
  seconds_before_ = 0;
  known_finite_batch_ = 0;
  if (settings_.train.reset_state == "epoch") has_state_ = false;
}

// What comes now is no training, and its time does not count.
void TrainingLoop::end_epoch() {
  seconds_before_ = seconds();
  started_at_.reset();
}

double TrainingLoop::seconds() const {
  if (!started_at_) return seconds_before_;
  return seconds_before_ + std::chrono::duration<double>(Clock::now() - *started_at_).count();
}

void TrainingLoop::save(Snapshot& snapshot) const {
  optimizer_->save(snapshot);
  totals_.save(snapshot);
  worker::save(state_, snapshot);
  snapshot.values["loop"] = {{"epoch", epoch_},
                             {"learning_rate", learning_rate_},
                             {"seconds", seconds()},
                             {"has_state", has_state_},
                             {"known_finite_batch", known_finite_batch_}};
}

void TrainingLoop::restore(const Snapshot& snapshot) {
  const Json& loop = snapshot.values.at("loop");
  epoch_ = count_of(loop.at("epoch"), "loop.epoch");
  learning_rate_ = loop.at("learning_rate").get<double>();
  seconds_before_ = loop.at("seconds").get<double>();
  has_state_ = loop.at("has_state").get<bool>();
  known_finite_batch_ = count_of(loop.at("known_finite_batch"), "loop.known_finite_batch");
  optimizer_->restore(snapshot);
  totals_.restore(snapshot);
  check_position();
  state_ = state_from(snapshot, settings_.device);
  if (has_state_) check_layout(state_, model_.initial_state(rows_trained_last()));
}

void TrainingLoop::check_position() const {
  const bool has_epoch = epoch_ >= 1 && epoch_ <= settings_.train.epochs;
  const int64_t most = has_epoch ? data_.batches(Split::train, epoch_, data_seed_)->size() : 0;
  const bool is_beginning = epoch_ == 1 && totals_.batches() == 0;
  if (has_epoch && totals_.batches() <= most && !(is_beginning && has_state_)) return;
  throw std::invalid_argument("it is of epoch " + std::to_string(epoch_) + ", batch " +
                              std::to_string(totals_.batches()));
}

// Of the epoch, or, where it has just begun, of the one before: the state was carried over then.
int64_t TrainingLoop::rows_trained_last() const {
  const bool has_begun = totals_.batches() > 0;
  const auto stream = data_.batches(Split::train, has_begun ? epoch_ : epoch_ - 1, data_seed_);
  stream->seek((has_begun ? totals_.batches() : stream->size()) - 1);
  Batch batch;
  if (!stream->next(batch)) throw std::runtime_error("the dataset lacks a batch that it gave before");
  check_batch(batch, model_.context().vocabulary);
  return batch.inputs.size(1);
}

void TrainingLoop::begin_state(const Batch& batch) {
  const int64_t rows = batch.inputs.size(1);
  if (has_state_ && !batch.fresh_state) {
    detach(state_);
    if (!state_.empty() && batch_size_of(state_) != rows) {
      throw std::runtime_error(
          "the dataset continues a batch of " + std::to_string(batch_size_of(state_)) + " rows with one of " +
          std::to_string(rows) +
          ": a batch of another size must set fresh_state. This is an error in the dataset's code.");
    }
    return;
  }
  state_ = model_.initial_state(rows);
  lay_out(state_);
  has_state_ = true;
}

void TrainingLoop::report_progress(int64_t batches) {
  Json body = {{"epoch", epoch_},
               {"batch", totals_.batches()},
               {"batches", batches},
               {"tokens_per_second", static_cast<double>(totals_.tokens()) / seconds()}};
  if (reads_back_freely(settings_.device)) body["loss"] = finite_means().loss;
  pulse_.progress(std::move(body));
}

EpochMeans TrainingLoop::finite_means() {
  const EpochMeans means = totals_.means();
  const auto require_finite = [&](const char* what, double value) {
    if (std::isfinite(value)) return;
    throw std::runtime_error(not_finite(what, value, epoch_, known_finite_batch_ + 1, totals_.batches(), settings_));
  };
  require_finite("loss", means.loss);
  require_finite("gradient norm", means.grad_norm);
  known_finite_batch_ = totals_.batches();
  return means;
}

}  // namespace runner::worker
