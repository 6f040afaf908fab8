#include "worker/train/epoch_totals.h"

#include <ATen/ATen.h>

#include <stdexcept>
#include <string>

namespace runner::worker {

EpochTotals::EpochTotals(at::Device device)
    : nats_(at::zeros({}, at::dtype(at::kDouble).device(device))), norms_(at::zeros_like(nats_)) {}

void EpochTotals::add(const at::Tensor& loss, const at::Tensor& grad_norm, int64_t tokens) {
  sum(loss, grad_norm, tokens);
  count(tokens);
}

void EpochTotals::add(const at::Tensor& loss, int64_t tokens) {
  sum(loss, tokens);
  count(tokens);
}

void EpochTotals::sum(const at::Tensor& loss, const at::Tensor& grad_norm, int64_t tokens) {
  sum(loss, tokens);
  norms_.add_(grad_norm);
}

void EpochTotals::sum(const at::Tensor& loss, int64_t tokens) { nats_.add_(loss.detach().to(at::kDouble), tokens); }

void EpochTotals::count(int64_t tokens) {
  ++batches_;
  tokens_ += tokens;
}

void EpochTotals::clear() {
  nats_.zero_();
  norms_.zero_();
  batches_ = tokens_ = 0;
}

EpochMeans EpochTotals::means() const {
  const at::Tensor sums = at::stack({nats_, norms_}).cpu();
  const double* values = sums.data_ptr<double>();
  return {values[0] / static_cast<double>(tokens_), values[1] / static_cast<double>(batches_)};
}

void EpochTotals::save(Snapshot& snapshot) const {
  snapshot.tensors["totals.nats"] = nats_;
  snapshot.tensors["totals.norms"] = norms_;
  snapshot.values["totals"] = {{"batches", batches_}, {"tokens", tokens_}};
}

void EpochTotals::restore(const Snapshot& snapshot) {
  snapshot.copy_to("totals.nats", nats_);
  snapshot.copy_to("totals.norms", norms_);
  const Json& totals = snapshot.values.at("totals");
  batches_ = count_of(totals.at("batches"), "totals.batches");
  tokens_ = count_of(totals.at("tokens"), "totals.tokens");
  if (tokens_ >= batches_) return;
  throw std::invalid_argument("its totals are of " + std::to_string(tokens_) + " tokens in " +
                              std::to_string(batches_) + " batches");
}

}  // namespace runner::worker
