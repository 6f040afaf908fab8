#include "worker/train/state.h"

namespace runner::worker {

void detach(State& state) {
  for (StateTensor& part : state) part.value = part.value.detach();
}

int64_t batch_size_of(const State& state) { return state.empty() ? 0 : state[0].value.size(state[0].batch_dim); }

}  // namespace runner::worker
