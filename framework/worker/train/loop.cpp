#include "worker/train/loop.h"

#include <ATen/ATen.h>

#include <chrono>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "worker/train/batch_check.h"
#include "worker/train/device.h"
#include "worker/train/loss.h"
#include "worker/train/state.h"

namespace runner::worker {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

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
                           const Schedule& schedule, uint64_t data_seed, Pulse& pulse)
    : model_(model),
      data_(data),
      settings_(settings),
      schedule_(schedule),
      data_seed_(data_seed),
      pulse_(pulse),
      optimizer_(make_optimizer(settings.optimizer, model.trainable())) {}

EpochResult TrainingLoop::train_epoch(int64_t epoch) {
  pulse_.enter("training", epoch);
  const auto start = Clock::now();
  const auto stream = data_.batches(Split::train, epoch, data_seed_);
  if (settings_.train.reset_state == "epoch") has_state_ = false;
  known_finite_batch_ = 0;
  EpochTotals totals(settings_.device);
  double learning_rate = 0;
  Batch batch;
  while (stream->next(batch)) {
    pulse_.step(totals.batches() + 1);
    learning_rate = schedule_.learning_rate({epoch, totals.batches(), stream->size()});
    optimizer_->set_learning_rate(learning_rate);
    step(batch, totals);
    if (pulse_.due()) report_progress(epoch, stream->size(), totals, seconds_since(start));
  }
  if (totals.batches() == 0) throw std::runtime_error("the dataset has no batch to train on");
  const EpochMeans means = finite_means(epoch, totals);
  return {means, totals.tokens(), seconds_since(start), learning_rate};
}

void TrainingLoop::step(const Batch& batch, EpochTotals& totals) {
  check_batch(batch, model_.context().vocabulary);
  begin_state(batch);
  const at::Tensor inputs = moved(batch.inputs, settings_.device), targets = moved(batch.targets, settings_.device);
  const at::Tensor loss = mean_cross_entropy(model_.forward(inputs, state_), targets);
  zero_gradients();
  loss.backward();
  const at::Tensor norm = optimizer_->step(settings_.train.clip_norm);
  totals.add(loss, norm, batch.targets.numel());
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
  has_state_ = true;
}

// Gradients are dropped, not zeroed: what backward() computes first is then stored, not added.
void TrainingLoop::zero_gradients() {
  for (const at::Tensor& parameter : model_.trainable()) parameter.mutable_grad().reset();
}

void TrainingLoop::report_progress(int64_t epoch, int64_t batches, const EpochTotals& totals, double seconds) {
  Json body = {{"epoch", epoch},
               {"batch", totals.batches()},
               {"batches", batches},
               {"tokens_per_second", static_cast<double>(totals.tokens()) / seconds}};
  if (reads_back_freely(settings_.device)) body["loss"] = finite_means(epoch, totals).loss;
  pulse_.progress(std::move(body));
}

EpochMeans TrainingLoop::finite_means(int64_t epoch, const EpochTotals& totals) {
  const EpochMeans means = totals.means();
  const auto require_finite = [&](const char* what, double value) {
    if (std::isfinite(value)) return;
    throw std::runtime_error(not_finite(what, value, epoch, known_finite_batch_ + 1, totals.batches(), settings_));
  };
  require_finite("loss", means.loss);
  require_finite("gradient norm", means.grad_norm);
  known_finite_batch_ = totals.batches();
  return means;
}

}  // namespace runner::worker
