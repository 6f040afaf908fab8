// What must be known before any trial starts: whether every plugin accepts its options, whether every dataset opens and
// knows the prefixes, which devices there are.
#pragma once

#include <runner/params.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/json.h"
#include "common/protocol.h"
#include "control/catalog/catalog.h"
#include "control/schedule/devices.h"
#include "control/schedule/worker_pool.h"
#include "control/sweep/plan.h"

namespace runner::schedule {

// The files that provide the plugins of a plan, by name.
struct PluginFiles {
  std::map<std::string, std::string> models, datasets;

  // A trial's `data:` or `model:` mapping as workers want it.
  protocol::Component dataset(const Json& data) const;
  protocol::Component model(const Json& model) const;
};

// Something a worker refused, at a path of one trial.
struct Problem {
  size_t trial = 0;  // index into Plan::trials
  std::string path;  // "data.path", "samples.prefixes[1]", "train.device", "sweep.metric"
  std::string message;
};

struct Preparation {
  std::vector<Problem> problems;      // empty: every trial can start
  std::vector<Json> facts;            // of each trial's dataset: {vocabulary, corpus_hash, unigram_perplexity, …}
  std::vector<TokenWork> token_work;  // of each trial's model; zeros: it does not say
  Devices devices;
};

// Runs a `check` job for each plugin, a `prepare` job for each distinct dataset, and a `list` job, spread over the
// pool. `cache`: see DataCache. A `prepare` job is ended after run.hang_timeout without a sign of life, any other after
// `time_to_answer`: a Problem of its plugin. Throws Error with the signal's exit code when interrupted.
Preparation prepare(const sweep::Plan& plan, const PluginFiles& files, const std::string& cache, WorkerPool& pool,
                    Signals& signals, const Duration& time_to_answer = catalog::kTimeToAnswer);

// The names of the CUDA devices that LibTorch can use, by a `list` job alone. Throws like prepare(), and
// EnvironmentError when no worker can tell.
std::vector<std::string> list_cuda_devices(WorkerPool& pool, Signals& signals);

}  // namespace runner::schedule
