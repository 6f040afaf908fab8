#include "worker/train/generator.h"

#include <ATen/Context.h>

#include <mutex>

namespace runner::worker {

GeneratorScope::GeneratorScope(at::Device device, uint64_t seed) {
  swap_in(at::kCPU, seed);
  if (!device.is_cpu()) swap_in(device, seed);
}

GeneratorScope::~GeneratorScope() {
  for (Saved& saved : saved_) {
    const std::lock_guard<std::mutex> lock(saved.generator.mutex());
    saved.generator.set_state(saved.state);
  }
}

void GeneratorScope::swap_in(at::Device device, uint64_t seed) {
  at::Generator generator = at::globalContext().defaultGenerator(device);
  const std::lock_guard<std::mutex> lock(generator.mutex());
  saved_.push_back({generator, generator.get_state()});
  generator.set_current_seed(seed);
}

}  // namespace runner::worker
