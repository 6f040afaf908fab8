// The numbers of one epoch as they are reported.
#pragma once

#include <string>

#include "common/json.h"

namespace runner::worker {

// JSON has no NaN and no infinity: such a metric is left out and a reason is kept in its place.
class Metrics {
 public:
  void add(const std::string& name, double value);
  // `<prefix>loss` and `<prefix>perplexity`, which is exp(loss).
  void add_loss(const std::string& prefix, double loss);

  // {metrics: {name: number}, reasons: {name: text}}
  Json body() const { return {{"metrics", metrics_}, {"reasons", reasons_}}; }

 private:
  Json metrics_ = Json::object();
  Json reasons_ = Json::object();
};

}  // namespace runner::worker
