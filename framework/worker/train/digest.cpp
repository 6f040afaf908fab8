#include "worker/train/digest.h"

#include <ATen/ATen.h>

#include <sstream>

#include "common/sha256.h"

namespace runner::worker {

std::string weights_digest(const NamedTensors& tensors) {
  Sha256 digest;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor values = tensor.detach().cpu().contiguous();
    std::ostringstream header;
    header << name << ' ' << values.scalar_type() << ' ' << values.sizes() << '\n';
    const std::string text = header.str();
    digest.update(text.data(), text.size());
    digest.update(values.data_ptr(), values.nbytes());
  }
  return digest.finish();
}

}  // namespace runner::worker
