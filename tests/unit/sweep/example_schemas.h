// A fixed set of plugins, so that tests of experiments depend on no plugin file.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/config/schemas.h"

namespace runner::testing {

inline ParamSpec param(std::string name, std::optional<ParamValue> initial, ParamType type) {
  ParamSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.default_value = std::move(initial);
  return spec;
}

inline ParamSpec integer(std::string name, int64_t initial, double min, double max) {
  ParamSpec spec = param(std::move(name), ParamValue(initial), ParamType::integer);
  spec.min = min;
  spec.max = max;
  return spec;
}

inline ParamSpec real(std::string name, double initial, double min, double max) {
  ParamSpec spec = param(std::move(name), ParamValue(initial), ParamType::real);
  spec.min = min;
  spec.max = max;
  return spec;
}

inline std::vector<ParamSpec> recurrent_params() {
  return {integer("hidden_size", 256, 1, 65536), integer("num_layers", 1, 1, 1024),
          param("bidirectional", ParamValue(false), ParamType::boolean), real("dropout", 0, 0, 0.99)};
}

inline std::vector<ParamSpec> text_params() {
  ParamSpec sampling = param("sampling", ParamValue(std::string("consecutive")), ParamType::text);
  sampling.choices = {"consecutive", "random"};
  return {integer("max_chars", 0, 0, 1e12), integer("num_steps", 35, 1, 1e6), integer("batch_size", 32, 1, 1e6),
          std::move(sampling), real("valid_fraction", 0, 0, 0.99)};
}

inline std::vector<ParamSpec> operator+(std::vector<ParamSpec> left, const std::vector<ParamSpec>& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// Models rnn, gru, lstm and datasets text, fortunes as they are; model `old` and dataset `broken` cannot be used.
inline config::Schemas example_schemas() {
  ParamSpec path = param("path", std::nullopt, ParamType::path),
            corpus = param("corpus", std::nullopt, ParamType::text);
  path.doc = "a text file in UTF-8";
  corpus.doc = "name of a fortune file, such as tang300";
  config::Schemas schemas;
  for (const char* name : {"rnn", "gru", "lstm"}) {
    schemas.models.usable.push_back({name, std::string("/plugins/") + name + ".so", recurrent_params()});
  }
  schemas.models.unusable = {
      {"old", "/plugins/old.so was built for LibTorch 2.6.0, this runner uses 1.13.1; rebuild it"}};
  schemas.datasets.usable = {{"text", "/plugins/text.so", std::vector<ParamSpec>{path} + text_params()},
                             {"fortunes", "/plugins/fortunes.so", std::vector<ParamSpec>{corpus} + text_params()}};
  schemas.datasets.unusable = {{"broken", "/plugins/broken.so has no descriptor"}};
  return schemas;
}

}  // namespace runner::testing
