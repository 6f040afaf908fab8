#include "worker/train/generator.h"

#include <ATen/Context.h>
#include <c10/util/Exception.h>

#include <mutex>
#include <stdexcept>
#include <string>

namespace runner::worker {
namespace {

std::vector<at::Device> devices_with(at::Device device) {
  return device.is_cpu() ? std::vector<at::Device>{at::kCPU} : std::vector<at::Device>{at::kCPU, device};
}

// By type, not by number: a trial may go on on another device of the same kind.
std::string name_of(at::Device device) { return "generator." + at::DeviceTypeName(device.type(), true); }

}  // namespace

void save_generators(at::Device device, Snapshot& snapshot) {
  for (const at::Device each : devices_with(device)) {
    at::Generator generator = at::globalContext().defaultGenerator(each);
    const std::lock_guard<std::mutex> lock(generator.mutex());
    snapshot.tensors[name_of(each)] = generator.get_state();
  }
}

void restore_generators(at::Device device, const Snapshot& snapshot) {
  for (const at::Device each : devices_with(device)) {
    at::Generator generator = at::globalContext().defaultGenerator(each);
    const std::lock_guard<std::mutex> lock(generator.mutex());
    try {
      generator.set_state(snapshot.tensor(name_of(each)));
    } catch (const c10::Error& error) {
      throw std::invalid_argument(name_of(each) + ": " + error.what_without_backtrace());
    }
  }
}

GeneratorScope::GeneratorScope(at::Device device, uint64_t seed) {
  for (const at::Device each : devices_with(device)) swap_in(each, seed);
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
