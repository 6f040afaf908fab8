// Random numbers beside training.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "worker/train/snapshot.h"

namespace runner::worker {

// The states of LibTorch's default generators of the CPU and of `device`, under "generator". One that is none is
// refused with std::invalid_argument.
void save_generators(at::Device device, Snapshot& snapshot);
void restore_generators(at::Device device, const Snapshot& snapshot);

// While it lives, LibTorch's default generators of the CPU and of `device` give the numbers of another stream; then
// they go on where they were, so that what ran meanwhile leaves no trace in training.
class GeneratorScope {
 public:
  GeneratorScope(at::Device device, uint64_t seed);
  ~GeneratorScope();
  GeneratorScope(const GeneratorScope&) = delete;
  GeneratorScope& operator=(const GeneratorScope&) = delete;

 private:
  struct Saved {
    at::Generator generator;
    at::Tensor state;
  };
  void swap_in(at::Device device, uint64_t seed);

  std::vector<Saved> saved_;
};

}  // namespace runner::worker
