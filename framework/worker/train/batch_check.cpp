#include "worker/train/batch_check.h"

#include <ATen/ATen.h>

#include <sstream>
#include <stdexcept>

namespace runner::worker {
namespace {

[[noreturn]] void blame(const std::string& what) {
  throw std::runtime_error("the dataset gave a batch whose " + what + ". This is an error in the dataset's code.");
}

void check_tokens(const char* name, const at::Tensor& tokens, int64_t vocabulary) {
  std::ostringstream out;
  if (!tokens.defined() || tokens.dim() != 2 || tokens.numel() == 0 || tokens.scalar_type() != at::kLong ||
      !tokens.device().is_cpu()) {
    out << name << " are ";
    if (tokens.defined()) {
      out << tokens.scalar_type() << " " << tokens.sizes() << " on " << tokens.device();
    } else {
      out << "undefined";
    }
    blame(out.str() + ", expected [T, N] int64 on the CPU, not empty");
  }
  const auto [least, most] = at::aminmax(tokens);
  if (least.item<int64_t>() < 0 || most.item<int64_t>() >= vocabulary) {
    out << name << " hold tokens from " << least.item<int64_t>() << " to " << most.item<int64_t>() << ", expected 0 to "
        << vocabulary - 1;
    blame(out.str());
  }
}

}  // namespace

void check_batch(const Batch& batch, int64_t vocabulary) {
  check_tokens("inputs", batch.inputs, vocabulary);
  check_tokens("targets", batch.targets, vocabulary);
  if (batch.inputs.sizes() != batch.targets.sizes()) {
    std::ostringstream out;
    out << "inputs are " << batch.inputs.sizes() << " and targets " << batch.targets.sizes()
        << ", expected equal shapes";
    blame(out.str());
  }
}

}  // namespace runner::worker
