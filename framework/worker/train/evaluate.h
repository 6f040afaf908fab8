// What a trial does between epochs, in evaluation mode.
#pragma once

#include <ATen/ATen.h>
#include <runner/dataset.h>

#include "worker/train/generator.h"
#include "worker/train/guarded_model.h"
#include "worker/train/pulse.h"

namespace runner::worker {

// Runs `work` with the model in evaluation mode, without gradients, and with the random numbers of `seed`; then puts
// everything back, so that training does not notice.
template <typename Work>
auto in_evaluation(GuardedModel& model, uint64_t seed, Work work) {
  const at::NoGradGuard no_grad;
  const GeneratorScope generators(model.context().device, seed);
  model.train(false);
  auto result = work();
  model.train(true);
  return result;
}

// Mean loss of a split in nats per token, the state carried through from a zero state. Call it inside `in_evaluation`.
double mean_loss(GuardedModel& model, const Dataset& data, Split split, uint64_t data_seed, Pulse& pulse);

}  // namespace runner::worker
