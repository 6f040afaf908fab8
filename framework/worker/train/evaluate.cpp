#include "worker/train/evaluate.h"

#include <stdexcept>

#include "worker/train/batch_check.h"
#include "worker/train/device.h"
#include "worker/train/epoch_totals.h"
#include "worker/train/loss.h"

namespace runner::worker {

double mean_loss(GuardedModel& model, const Dataset& data, Split split, uint64_t data_seed, Pulse& pulse) {
  const at::Device device = model.context().device;
  const auto stream = data.batches(split, 1, data_seed);
  EpochTotals totals(device);
  State state;
  Batch batch;
  while (stream->next(batch)) {
    pulse.step(totals.batches() + 1);
    check_batch(batch, model.context().vocabulary);
    if (totals.batches() == 0 || batch.fresh_state) state = model.initial_state(batch.inputs.size(1));
    totals.add(mean_cross_entropy(model.forward(moved(batch.inputs, device), state), moved(batch.targets, device)),
               batch.targets.numel());
    pulse.keep_alive();
  }
  if (totals.batches() == 0)
    throw std::runtime_error("the dataset says that it has a validation part and gives no batch of it");
  return totals.means().loss;
}

}  // namespace runner::worker
