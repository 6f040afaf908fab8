// A recorder for the CPU, which stands in for CUDA graphs.
#pragma once

#include <cstdint>

#include "worker/train/recorder.h"

namespace runner::test {

// Keeps the operators that LibTorch was asked for, with the tensors that went in and came out. Replayed, each reads and
// writes the memory that it did when it was recorded, and numbers of the host are what they were then: as in a CUDA
// graph. Operators that would make the host wait for a GPU are refused, as CUDA refuses them, but not where they are
// called inside others. Work in 32-bit floats does not go through operators on the CPU in our kernels, so record double
// precision.
class OperatorTape : public worker::Recorder {
 public:
  struct Counts {
    int64_t recordings = 0, operators = 0, replays = 0;  // operators: of all recordings
  };
  explicit OperatorTape(Counts& counts) : counts_(counts) {}
  std::unique_ptr<worker::Recording> record(const std::function<void()>& work) override;

 private:
  Counts& counts_;
};

}  // namespace runner::test
