// Texts from a trial's weights, by a worker of its own.
#pragma once

#include <string>
#include <vector>

#include "common/protocol.h"
#include "control/sweep/plan.h"

namespace runner::schedule {

struct SampledText {
  std::string prefix, text;
};

// Runs the job and returns a text for each prefix, in their order. Throws RequestError for a prefix that cannot be
// continued and a device that is not there, EnvironmentError for whatever else the job lacks or how it failed, be it
// that it gave no sign of life for so long, and Error with the signal's exit code when interrupted.
std::vector<SampledText> sample(const protocol::SampleJob& job,
                                const Duration& longest_silence = sweep::RunOptions().hang_timeout);

}  // namespace runner::schedule
