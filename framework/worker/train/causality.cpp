#include "worker/train/causality.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "worker/train/batch_check.h"
#include "worker/train/epoch_totals.h"
#include "worker/train/loss.h"

namespace runner::worker {
namespace {

constexpr int64_t kMostRows = 4;

at::Tensor logits_of(GuardedModel& model, const at::Tensor& tokens) {
  State state = model.initial_state(tokens.size(1));
  return model.forward(tokens, state);
}

// Equal bits; NaN equals NaN.
bool identical(const at::Tensor& a, const at::Tensor& b) {
  const auto bits = [](const at::Tensor& x) {
    return x.contiguous().view(x.element_size() == 4 ? at::kInt : x.element_size() == 8 ? at::kLong : at::kShort);
  };
  return at::equal(bits(a), bits(b));
}

// The first step after the start, the last, and some between.
std::set<int64_t> probed_steps(int64_t steps) {
  std::set<int64_t> probed;
  for (const int64_t step : {int64_t{1}, steps / 4, steps / 2, steps * 3 / 4, steps - 1}) {
    if (step >= 1 && step < steps) probed.insert(step);
  }
  return probed;
}

State copy_of(const State& state) {
  State copy;
  for (const StateTensor& part : state) copy.push_back({part.value.clone(), part.batch_dim});
  return copy;
}

}  // namespace

Causality probe_causality(GuardedModel& model, const Batch& batch) {
  check_batch(batch, model.context().vocabulary);
  const int64_t rows = std::min(batch.inputs.size(1), kMostRows);
  const at::Tensor tokens = batch.inputs.narrow(1, 0, rows).contiguous().to(model.context().device);
  const at::Tensor logits = logits_of(model, tokens);
  if (!identical(logits, logits_of(model, tokens))) return Causality::unrepeatable;
  for (const int64_t step : probed_steps(tokens.size(0))) {
    const at::Tensor changed = tokens.clone();
    changed[step] = (changed[step] + 1).remainder(model.context().vocabulary);
    const at::Tensor others = logits_of(model, changed);
    if (!identical(logits.narrow(0, 0, step), others.narrow(0, 0, step))) return Causality::sees_future;
  }
  return Causality::causal;
}

CausalScore causal_score(GuardedModel& model, const Dataset& data, uint64_t data_seed, int64_t positions,
                         Pulse& pulse) {
  const at::Device device = model.context().device;
  const auto stream = data.batches(Split::train, 1, data_seed);
  EpochTotals totals(device);
  State state;
  Batch batch;
  while (totals.tokens() < positions && stream->next(batch)) {
    check_batch(batch, model.context().vocabulary);
    const at::Tensor inputs = batch.inputs.to(device), targets = batch.targets.to(device);
    if (totals.batches() == 0 || batch.fresh_state) state = model.initial_state(inputs.size(1));
    for (int64_t t = 0; t < inputs.size(0); ++t) {
      pulse.step(totals.batches() + 1);
      State before = copy_of(state);
      const at::Tensor logits = model.forward(inputs.narrow(0, 0, t + 1), before);
      totals.add(mean_cross_entropy(logits.narrow(0, t, 1), targets.narrow(0, t, 1)), targets.size(1));
      pulse.keep_alive();
    }
    model.forward(inputs, state);
  }
  return {totals.means().loss, totals.tokens()};
}

}  // namespace runner::worker
