#include "worker/train/sampling.h"

#include <ATen/ATen.h>

namespace runner::worker {
namespace {

std::vector<int64_t> to_vector(const at::Tensor& tokens) {
  const at::Tensor here = tokens.cpu().contiguous();
  const int64_t* begin = here.data_ptr<int64_t>();
  return {begin, begin + here.numel()};
}

}  // namespace

std::vector<int64_t> continue_greedily(GuardedModel& model, const std::vector<int64_t>& prefix, int64_t length,
                                       Pulse& pulse) {
  const at::Tensor given = at::tensor(prefix, at::kLong).view({-1, 1, 1}).to(model.context().device);
  State state = model.initial_state(1);
  at::Tensor logits;
  for (int64_t i = 0; i < given.size(0); ++i) logits = model.forward(given[i], state);
  std::vector<at::Tensor> generated;  // [1, 1] each, on the device: they are read once, at the end
  while (static_cast<int64_t>(generated.size()) < length) {
    pulse.step(static_cast<int64_t>(generated.size()) + 1);
    if (!generated.empty()) logits = model.forward(generated.back(), state);
    generated.push_back(logits.argmax(-1));
    pulse.keep_alive();
  }
  return to_vector(at::cat(generated));
}

}  // namespace runner::worker
