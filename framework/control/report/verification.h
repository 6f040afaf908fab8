// Whether two sweeps of one plan came to the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/store/reader.h"

namespace runner::report {

struct VerifiedTrial {
  int64_t number = 0;
  std::string label;
  int64_t seed = 0, steps = 0;
  int64_t attempts = 0;    // in the second sweep
  int64_t resumed = 0;     // those of them that went on from a checkpoint
  std::string difference;  // the first one found, for people; empty: none
};

// Compares the trials of two databases that hold one sweep of the same plan each: state and flags, every metric
// but those of time, every sample and every fact, the digest of the weights among them. Numbers are equal when their
// bits are.
std::vector<VerifiedTrial> verify_trials(store::Reader& undisturbed, store::Reader& disturbed);

}  // namespace runner::report
