#include "worker/train/loss.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "worker/train/kernels/step_kernels.h"

namespace runner::worker {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Rows that one thread takes at a time; sums are added up part by part.
constexpr int64_t kRows = 64;

// The mean loss; `gradient` [T * N, V], may be the logits' memory, becomes the loss's gradient unless it is undefined.
at::Tensor mean_loss(const at::Tensor& logits, const at::Tensor& targets, const at::Tensor& gradient) {
  const int64_t rows = targets.numel(), columns = logits.size(-1);
  const float* const x = logits.data_ptr<float>();
  const int64_t* const target = targets.data_ptr<int64_t>();
  float* const d = gradient.defined() ? gradient.data_ptr<float>() : nullptr;
  const float scale = 1.0f / static_cast<float>(rows);
  std::vector<double> nats(static_cast<size_t>((rows + kRows - 1) / kRows));
  at::parallel_for(0, static_cast<int64_t>(nats.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = i * kRows, count = std::min(kRows, rows - first);
      nats[static_cast<size_t>(i)] = step_kernels().cross_entropy(x + first * columns, target + first, count, columns,
                                                                  scale, d ? d + first * columns : nullptr);
    }
  });
  double sum = 0;
  for (const double part : nats) sum += part;
  return at::scalar_tensor(sum / static_cast<double>(rows), at::kFloat);
}

class CrossEntropy : public torch::autograd::Function<CrossEntropy> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& logits, const at::Tensor& targets,
                            bool overwrite) {
    const at::Tensor gradient = overwrite ? logits.detach() : at::empty_like(logits);
    at::Tensor loss = mean_loss(logits, targets, gradient);
    context->saved_data["gradient"] = gradient;
    return loss;
  }

  static variable_list backward(AutogradContext* context, const variable_list& d_loss) {
    if (at::GradMode::is_enabled()) throw std::runtime_error("the loss has no second derivative");
    const at::Tensor gradient = context->saved_data["gradient"].toTensor();
    const float factor = d_loss[0].item<float>();
    return {factor == 1 ? gradient : gradient * factor, {}, {}};
  }
};

// Whether the caller's is the only tensor in this memory.
bool is_ours_alone(const at::Tensor& logits) { return logits.use_count() == 1 && logits.storage().use_count() == 1; }

}  // namespace

at::Tensor mean_cross_entropy(at::Tensor logits, const at::Tensor& targets) {
  if (!logits.is_cpu() || logits.scalar_type() != at::kFloat) {
    return at::cross_entropy_loss(logits.reshape({-1, logits.size(-1)}), targets.reshape({-1}));
  }
  if (!logits.is_contiguous()) logits = logits.contiguous();
  const at::Tensor numbers = targets.contiguous();
  if (!at::GradMode::is_enabled() || !logits.requires_grad()) return mean_loss(logits, numbers, {});
  return CrossEntropy::apply(logits, numbers, is_ours_alone(logits));
}

}  // namespace runner::worker
