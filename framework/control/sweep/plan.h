// A plan: an experiment file made into the ordered trials of a sweep.
#pragma once

#include <runner/params.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"
#include "control/config/diagnostics.h"
#include "control/config/schemas.h"

namespace runner::sweep {

// `run:`; never part of a sweep's identity.
struct RunOptions {
  int64_t max_concurrent_trials = 0;  // 0 = as many as cores
  int64_t threads_per_trial = 1;
  Duration timeout;                     // of one attempt; 0 = none
  Duration hang_timeout{600};           // without a sign of life, of a trial or of preparing data; 0 = none
  ByteSize memory;                      // of a trial, beside what an idle worker has; 0 = no limit
  int64_t max_restarts = 3;             // of a trial whose worker died by a signal
  int64_t max_failures = 0;             // failed trials after which no further one starts; 0 = no limit
  std::string on_failure = "continue";  // continue | stop
  bool cuda_graphs = true;              // whether steps on a GPU are recorded and replayed, where the model allows it
  static Schema<RunOptions> schema();
};

struct Metric {
  std::string name = "perplexity";
  bool minimize = true;
};

// One resolved configuration and one seed.
struct Trial {
  int64_t number = 0;  // from 1, in the order of the plan
  std::string label;   // of its arm: "num_layers=6", "GRU scratch"; empty for a single trial
  // {data: {plugin, …}, model: {plugin, …}, train: {…, optimizer: {name, …}, schedule: {name, …},
  // early_stopping: {…}, checkpoint: {…}}, samples: {…}}: every parameter, defaults filled in, each value in the JSON
  // type that its schema asks for.
  Json config;
  std::string config_hash;  // SHA-256 of the text of `config` without `checkpoint`; equal for all seeds of an arm
  int64_t seed = 1;
};

struct Source {
  std::string file;                         // as the user named it
  std::filesystem::path directory;          // relative paths inside the text are relative to this
  std::string text;                         // the YAML
  std::vector<std::string> overrides;       // "path=value" words
  std::filesystem::path working_directory;  // relative paths inside overrides are relative to this
};

// Reads the file. Throws RequestError when there is no such file or it is larger than 16 MiB, EnvironmentError when it
// cannot be read.
Source read_source(const std::string& file, const std::vector<std::string>& overrides);

struct Plan {
  Source source;
  std::string name, description;
  RunOptions run;
  Metric metric;
  std::vector<Trial> trials;
  std::string config_hash;            // of the sweep: the trials' configurations and seeds in order, and the metric
  std::vector<std::string> warnings;  // lines for stderr: dropped axes and values

  // Where the value at a dotted path ("data.path", "samples.prefixes[1]", "sweep.metric") of a trial was written; the
  // nearest enclosing place when it is a default. `trial` is an index into `trials`.
  config::Location locate(size_t trial, std::string_view path) const;

  // How `locate` finds its answers.
  class Locator {
   public:
    virtual ~Locator() = default;
    virtual config::Location locate(size_t trial, std::string_view path) const = 0;
  };
  std::shared_ptr<const Locator> locator;
};

// Reads, checks and expands. Throws config::ConfigError with everything that is wrong. A pure function of its
// arguments.
Plan make_plan(const Source& source, const config::Schemas& schemas);

}  // namespace runner::sweep
